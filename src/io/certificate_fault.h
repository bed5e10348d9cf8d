/* certificate_fault: what is wrong with a certificate, in words that a person can act on. */
#ifndef LOWTIDE_IO_CERTIFICATE_FAULT_H
#define LOWTIDE_IO_CERTIFICATE_FAULT_H

#include "lowtide/err.h"

#define CERTIFICATE_OTHER_NAME 62

/* number: one of OpenSSL's X509_V_ERR_, which are part of its stable interface. */
void certificate_fault(long number, struct err *err);

#endif
