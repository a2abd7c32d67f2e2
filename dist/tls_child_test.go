package dist_test

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
)

// childTLS reads the certificates that a test has laid down.
func childTLS(dir string) *tls.Config {
	cert, err := tls.LoadX509KeyPair(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
	must(err)
	ca, err := os.ReadFile(filepath.Join(dir, "ca.pem"))
	must(err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	return &tls.Config{Certificates: []tls.Certificate{cert}, RootCAs: pool, ClientCAs: pool}
}
