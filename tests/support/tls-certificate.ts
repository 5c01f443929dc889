/** A certificate for localhost and 127.0.0.1, signed by itself and good for a century. Its key protects nothing. */
export const testCertificate: { readonly cert: string; readonly key: string } = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUPHzKppXvsU5KLvqtpFz8BxKkbrswCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTAwMzI1M1oYDzIxMjYxMDI4
MDAzMjUzWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASQmfn1zsgdN5gwcN8DuQtPZX3I4arNxaqca/cW0iqpsL0YSRVW1/UK
V5X9jLVgKflqIVVxF7mDv20zK2dYbgqro28wbTAdBgNVHQ4EFgQUEfkmmMIo8ESa
an2moHGDPXtnVZEwHwYDVR0jBBgwFoAUEfkmmMIo8ESaan2moHGDPXtnVZEwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIgbmRoXHq9lNj++dt1Wp6MUIeScnVCa/Pqe5vqkAVIptsCIQCe
FtXJUiExd8G14aL1EX5+8OPKeDcaPmlxjxxaaWd+nA==
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg+decyIoOFrBJlw9o
bicDfH5hzmr96en490IWLqzAiD6hRANCAASQmfn1zsgdN5gwcN8DuQtPZX3I4arN
xaqca/cW0iqpsL0YSRVW1/UKV5X9jLVgKflqIVVxF7mDv20zK2dYbgqr
-----END PRIVATE KEY-----
`,
};
