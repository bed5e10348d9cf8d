/* marks: message.h's marks as characters, for a switch. */
#ifndef LOWTIDE_NOTIFIER_MARKS_H
#define LOWTIDE_NOTIFIER_MARKS_H

enum mark { BOLD_MARK = 1, BOLD_END_MARK, FOREIGN_MARK, FOREIGN_END_MARK, RAW_MARK, RAW_END_MARK };

#endif
