/* ca_bundle: where the system keeps the certificates it trusts. */
#ifndef LOWTIDE_IO_CA_BUNDLE_H
#define LOWTIDE_IO_CA_BUNDLE_H

/* What $SSL_CERT_FILE names, there or not; else a file that is there; NULL if none is known. */
const char *ca_bundle_path(void);

#endif
