#include "chart_parts.h"

#ifdef LOWTIDE_CHARTS

#include "chart_font.h"

#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_OUTLINE_H
#include <fontconfig/fontconfig.h>
#include <stdint.h>
#include <string.h>

#include "fonts.h"
#include "lowtide/buf.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"

#define SEARCHES_MAX 2

struct chart_font {
  FT_Library library;
  FT_Face regular;
  FT_Face bold;
  FT_Face fallbacks[SEARCHES_MAX]; /* the system's, only where the embedded ones lack something */
  size_t fallback_count;
  int searches; /* each reads all fonts' tables */
};

static FT_Face embedded(FT_Library library, const struct font_file *file) {
  FT_Face face = NULL;
  bool ok = FT_New_Memory_Face(library, file->bytes, (FT_Long)file->length, 0, &face) == 0;
  return ok ? face : NULL;
}

struct chart_font *chart_font_new(struct err *err) {
  struct chart_font *font = mem_new(1, sizeof *font);
  if (FT_Init_FreeType(&font->library) == 0) {
    font->regular = embedded(font->library, &font_regular);
    font->bold = embedded(font->library, &font_bold);
  }
  if (font->regular != NULL && font->bold != NULL) return font;
  chart_font_free(font);
  err_set(err, ERR_LIMIT, "FreeType does not take the font of the charts");
  return NULL;
}

void chart_font_free(struct chart_font *font) {
  if (font == NULL) return;
  if (font->library != NULL) FT_Done_FreeType(font->library); /* and its faces */
  mem_free(font);
}

/* --- characters ------------------------------------------------------------------------------------------------------- */

struct range {
  uint32_t first;
  uint32_t last;
};

static bool is_in(uint32_t c, const struct range *ranges, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (c >= ranges[i].first && c <= ranges[i].last) return true;
  }
  return false;
}

/* Emoji, and what only says how others look: left out without a loss. */
static bool is_ornament(uint32_t c) {
  static const struct range ranges[] = {
      {0x00, 0x1F},     {0x7F, 0x9F},     {0x0300, 0x036F}, {0x200B, 0x200F}, {0x2028, 0x202E},   {0x2060, 0x206F},
      {0x20D0, 0x20FF}, {0x231A, 0x23FF}, {0x25A0, 0x27BF}, {0x2900, 0x297F}, {0x2B00, 0x2BFF},   {0x3030, 0x3030},
      {0x303D, 0x303D}, {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}, {0xFFFC, 0xFFFF}, {0x1F000, 0x1FAFF}, {0xE0000, 0xE0FFF},
  };
  return is_in(c, ranges, sizeof ranges / sizeof ranges[0]);
}

/* Scripts that are written from the right, or whose letters join: wrong without a shaper. */
static bool needs_shaping(uint32_t c) {
  static const struct range ranges[] = {
      {0x0590, 0x0DFF}, {0x0E80, 0x109F}, {0x1780, 0x18AF}, {0x1900, 0x1AFF}, {0x1B00, 0x1C7F},   {0xA800, 0xA8FF},
      {0xA980, 0xABFF}, {0xE000, 0xF8FF}, {0xFB1D, 0xFDFF}, {0xFE70, 0xFEFC}, {0x10800, 0x11FFF}, {0x1E800, 0x1EFFF},
  };
  return is_in(c, ranges, sizeof ranges / sizeof ranges[0]);
}

static uint32_t next_character(const char **text) {
  static const unsigned char first_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
  size_t length = text_utf8_length(*text, strlen(*text));
  if (length == 0) {
    (*text)++;
    return 0;
  }
  uint32_t c = (unsigned char)**text & first_bits[length];
  for (size_t i = 1; i < length; i++)
    c = c << 6 | ((unsigned char)(*text)[i] & 0x3FU);
  *text += length;
  return c;
}

struct glyph {
  FT_Face face;
  FT_UInt index; /* 0: nobody has it */
};

static struct glyph glyph_of(const struct chart_font *font, bool bold, uint32_t c) {
  struct glyph glyph = {bold ? font->bold : font->regular, 0};
  glyph.index = FT_Get_Char_Index(glyph.face, c);
  for (size_t i = 0; glyph.index == 0 && i < font->fallback_count; i++) {
    glyph.face = font->fallbacks[i];
    glyph.index = FT_Get_Char_Index(glyph.face, c);
  }
  return glyph;
}

/* --- the system's fonts ----------------------------------------------------------------------------------------------- */

static FT_Face load_match(FT_Library library, FcPattern *match) {
  FcChar8 *path = NULL;
  int index = 0;
  FT_Face face = NULL;
  if (FcPatternGetString(match, FC_FILE, 0, &path) != FcResultMatch) return NULL;
  (void)FcPatternGetInteger(match, FC_INDEX, 0, &index);
  if (FT_New_Face(library, (const char *)path, index & 0xFFFF, &face) != 0) return NULL;
  if (FT_IS_SCALABLE(face) && face->units_per_EM > 0) return face;
  FT_Done_Face(face);
  return NULL;
}

static FcPattern *pattern_for(const FcCharSet *missing) {
  FcPattern *pattern = FcPatternCreate();
  if (pattern == NULL) return NULL;
  FcPatternAddString(pattern, FC_FAMILY, (const FcChar8 *)"sans-serif");
  FcPatternAddCharSet(pattern, FC_CHARSET, missing);
  FcPatternAddBool(pattern, FC_SCALABLE, FcTrue);
  FcPatternAddBool(pattern, FC_COLOR, FcFalse);
  FcPatternAddInteger(pattern, FC_WEIGHT, FC_WEIGHT_DEMIBOLD); /* it is mostly a title */
  return pattern;
}

/* With a configuration of its own, which is gone again afterwards: the default one would stay, with all fonts' tables. */
static void search(struct chart_font *font, const FcCharSet *missing) {
  font->searches++;
  FcConfig *config = FcInitLoadConfigAndFonts();
  FcPattern *pattern = pattern_for(missing);
  if (config != NULL && pattern != NULL) {
    FcResult result = FcResultNoMatch;
    FcConfigSubstitute(config, pattern, FcMatchPattern);
    FcDefaultSubstitute(pattern);
    FcPattern *match = FcFontMatch(config, pattern, &result);
    FT_Face face = match != NULL ? load_match(font->library, match) : NULL;
    if (face != NULL) font->fallbacks[font->fallback_count++] = face;
    if (match != NULL) FcPatternDestroy(match);
  }
  if (pattern != NULL) FcPatternDestroy(pattern);
  if (config != NULL) FcConfigDestroy(config);
}

static void look_for_missing(struct chart_font *font, const char *text) {
  FcCharSet *missing = FcCharSetCreate();
  bool any = false;
  while (missing != NULL && *text != '\0') {
    uint32_t c = next_character(&text);
    bool wanted = !is_ornament(c) && !needs_shaping(c) && glyph_of(font, false, c).index == 0;
    if (wanted) (void)FcCharSetAddChar(missing, c);
    any = any || wanted;
  }
  if (any && font->searches < SEARCHES_MAX) search(font, missing);
  if (missing != NULL) FcCharSetDestroy(missing);
}

bool chart_font_fit(struct chart_font *font, const char *text, char *out, size_t size) {
  struct buf kept;
  bool whole = true;
  look_for_missing(font, text);
  buf_init(&kept, size - 1);
  while (*text != '\0') {
    const char *at = text;
    uint32_t c = next_character(&text);
    bool drawn = !is_ornament(c) && !needs_shaping(c) && glyph_of(font, false, c).index != 0;
    if (drawn) (void)buf_add_n(&kept, at, (size_t)(text - at));
    if (!drawn && !is_ornament(c)) whole = false;
  }
  const char *trimmed = buf_text(&kept);
  while (*trimmed == ' ')
    trimmed++;
  (void)text_copy(out, size, trimmed);
  for (size_t end = strlen(out); end > 0 && out[end - 1] == ' '; end--)
    out[end - 1] = '\0';
  buf_done(&kept);
  return whole && *out != '\0';
}

/* --- measuring and drawing -------------------------------------------------------------------------------------------- */

static bool load(struct glyph glyph) {
  return glyph.index != 0 && FT_Load_Glyph(glyph.face, glyph.index, FT_LOAD_NO_SCALE | FT_LOAD_NO_BITMAP) == 0 &&
         glyph.face->glyph->format == FT_GLYPH_FORMAT_OUTLINE;
}

static double scale_of(struct glyph glyph, struct chart_type type) {
  return type.size / (double)glyph.face->units_per_EM;
}

double chart_font_width(struct chart_font *font, struct chart_type type, const char *text) {
  double width = 0;
  while (*text != '\0') {
    struct glyph glyph = glyph_of(font, type.bold, next_character(&text));
    if (load(glyph)) width += scale_of(glyph, type) * (double)glyph.face->glyph->metrics.horiAdvance;
  }
  return width;
}

void chart_font_cut(struct chart_font *font, struct chart_type type, double width, char text[static CHART_LABEL_MAX]) {
  static const char dots[] = "…";
  double room = width - chart_font_width(font, type, dots);
  if (chart_font_width(font, type, text) <= width) return;
  size_t length = strlen(text);
  do {
    do
      length--;
    while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80);
    while (length > 0 && text[length - 1] == ' ')
      length--;
    text[length] = '\0';
  } while (length > 0 && (length + sizeof dots > CHART_LABEL_MAX || chart_font_width(font, type, text) > room));
  (void)text_copy(text + length, sizeof dots, dots);
}

struct pen {
  cairo_t *cairo;
  double x;
  double y;
  double scale;
};

static double x_of(const struct pen *pen, const FT_Vector *at) {
  return pen->x + pen->scale * (double)at->x;
}

static double y_of(const struct pen *pen, const FT_Vector *at) {
  return pen->y - pen->scale * (double)at->y;
}

static int move_to(const FT_Vector *to, void *context) {
  const struct pen *pen = context;
  cairo_close_path(pen->cairo);
  cairo_move_to(pen->cairo, x_of(pen, to), y_of(pen, to));
  return 0;
}

static int line_to(const FT_Vector *to, void *context) {
  const struct pen *pen = context;
  cairo_line_to(pen->cairo, x_of(pen, to), y_of(pen, to));
  return 0;
}

static int conic_to(const FT_Vector *by, const FT_Vector *to, void *context) {
  const struct pen *pen = context;
  double x = 0;
  double y = 0;
  cairo_get_current_point(pen->cairo, &x, &y);
  double bx = x_of(pen, by);
  double by_y = y_of(pen, by);
  double ex = x_of(pen, to);
  double ey = y_of(pen, to);
  cairo_curve_to(pen->cairo, x + (bx - x) * 2 / 3, y + (by_y - y) * 2 / 3, ex + (bx - ex) * 2 / 3, ey + (by_y - ey) * 2 / 3,
                 ex, ey);
  return 0;
}

static int cubic_to(const FT_Vector *a, const FT_Vector *b, const FT_Vector *to, void *context) {
  const struct pen *pen = context;
  cairo_curve_to(pen->cairo, x_of(pen, a), y_of(pen, a), x_of(pen, b), y_of(pen, b), x_of(pen, to), y_of(pen, to));
  return 0;
}

void chart_font_path(struct chart_font *font, cairo_t *cairo, struct chart_type type, double x, double y,
                     const char *text) {
  static const FT_Outline_Funcs funcs = {move_to, line_to, conic_to, cubic_to, 0, 0};
  struct pen pen = {.cairo = cairo, .x = x, .y = y};
  while (*text != '\0') {
    struct glyph glyph = glyph_of(font, type.bold, next_character(&text));
    if (!load(glyph)) continue;
    pen.scale = scale_of(glyph, type);
    (void)FT_Outline_Decompose(&glyph.face->glyph->outline, &funcs, &pen);
    cairo_close_path(cairo);
    pen.x += pen.scale * (double)glyph.face->glyph->metrics.horiAdvance;
  }
}

#endif
