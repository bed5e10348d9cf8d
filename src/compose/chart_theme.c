#include "chart_parts.h"

#ifdef LOWTIDE_CHARTS

#include "chart_draw.h"

#define RGB(hex)                                                                                                           \
  { ((hex) >> 16 & 0xFF) / 255.0, ((hex) >> 8 & 0xFF) / 255.0, ((hex)&0xFF) / 255.0 }

const struct draw_theme *draw_theme(enum chart_theme theme) {
  static const struct draw_theme dark = {
      .ground = RGB(0x1B1D22),
      .inks = {[INK_STRONG] = RGB(0xF4F6FA),
               [INK_MUTED] = RGB(0xA6ADBA),
               [INK_WARNING] = RGB(0xF5B83D),
               [INK_CRITICAL] = RGB(0xFF7A75),
               [INK_GOOD] = RGB(0x5BD69B)},
      .levels = {RGB(0xF5B83D), RGB(0xFF7A75)},
      .grid = RGB(0x2E323A),
      .line = RGB(0x5AA9FF),
      .gap = RGB(0x8A93A3),
      .mark = RGB(0x262930),
      .band = 0.10,
      .area = 0.34,
  };
  static const struct draw_theme light = {
      .ground = RGB(0xFFFFFF),
      .inks = {[INK_STRONG] = RGB(0x14181F),
               [INK_MUTED] = RGB(0x586170),
               [INK_WARNING] = RGB(0x8A5800),
               [INK_CRITICAL] = RGB(0xBE2029),
               [INK_GOOD] = RGB(0x0F7245)},
      .levels = {RGB(0xC07C00), RGB(0xD5303A)},
      .grid = RGB(0xE6E9EF),
      .line = RGB(0x1769D2),
      .gap = RGB(0x8A93A3),
      .mark = RGB(0xF1F3F6),
      .band = 0.09,
      .area = 0.26,
  };
  switch (theme) {
  case CHART_LIGHT: return &light;
  case CHART_DARK: break;
  }
  return &dark;
}

#endif
