package dist_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/paxoskv/paxoskv/dist"

	"github.com/stretchr/testify/require"
)

// authority is a certificate authority made for one test.
type authority struct {
	t    testing.TB
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t testing.TB) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "test authority"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return authority{t, cert, key}
}

// issue lays down a certificate for 127.0.0.1 and trusts those that trust signs.
func (a authority) issue(dir string, trust authority) string {
	a.t.Helper()
	return a.issueFor(dir, trust, "127.0.0.1", time.Now().Add(time.Hour))
}

func (a authority) issueFor(dir string, trust authority, host string, until time.Time) string {
	a.t.Helper()
	require.NoError(a.t, os.MkdirAll(dir, 0o755))
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(a.t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: host},
		NotBefore:    time.Now().Add(-2 * time.Hour),
		NotAfter:     until,
		IPAddresses:  []net.IP{net.ParseIP(host)},
		DNSNames:     []string{host},
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	require.NoError(a.t, err)
	private, err := x509.MarshalECPrivateKey(key)
	require.NoError(a.t, err)
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: der},
		"key.pem":  {Type: "EC PRIVATE KEY", Bytes: private},
		"ca.pem":   {Type: "CERTIFICATE", Bytes: trust.cert.Raw},
	} {
		require.NoError(a.t, os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o644))
	}
	return dir
}

func TestTLS(t *testing.T) {
	ca := newAuthority(t)
	dir := ca.issue(t.TempDir(), ca)
	a, b := pair(t, childConfig{TLSDir: dir})
	var got string
	a.do(&got, "call", b.name, "sealed")
	require.Equal(t, "sealed", got)
	var failed int
	a.do(&failed, "burst", b.name, "agent", 1000, 200)
	require.Zero(t, failed)
	waitLog(t, b, "agent", 1000)
	b.kill()
	eventually(t, "down", func() bool { return !hasPeer(a, b.name) })
}

// TestTLSAtLeast13 has clients that offer less than is asked for.
func TestTLSAtLeast13(t *testing.T) {
	ca := newAuthority(t)
	dir := ca.issue(t.TempDir(), ca)
	a := startChild(t, childConfig{Name: "a@127.0.0.1", TLSDir: dir, Verbose: true})
	for want, spoil := range map[string]func(*tls.Config){
		"tls: client offered only unsupported versions": func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 },
		"tls: client didn't provide a certificate":      func(c *tls.Config) { c.Certificates = nil },
	} {
		config := childTLS(dir)
		config.ServerName = "127.0.0.1"
		spoil(config)
		conn, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", a.port), config)
		if err == nil { // a client of TLS 1.3 hears of it only when it reads
			_, err = conn.Read(make([]byte, 1))
			conn.Close()
		}
		require.ErrorContains(t, err, "remote error: tls")
		eventually(t, "one line", func() bool { return len(a.said.lines(want)) == 1 })
	}
}

func TestTLSOptions(t *testing.T) {
	ca := newAuthority(t)
	good := childTLS(ca.issue(t.TempDir(), ca))
	for name, spoil := range map[string]func(*tls.Config){
		"no certificate":   func(c *tls.Config) { c.Certificates = nil },
		"no root":          func(c *tls.Config) { c.RootCAs = nil },
		"clients unproven": func(c *tls.Config) { c.ClientCAs = nil },
		"servers unproven": func(c *tls.Config) { c.InsecureSkipVerify = true },
	} {
		t.Run(name, func(t *testing.T) {
			config := good.Clone()
			spoil(config)
			_, err := dist.New(dist.Options{Cookie: "x", TLS: config})
			require.ErrorIs(t, err, dist.ErrOptions)
		})
	}
	_, err := dist.New(dist.Options{Cookie: "x", TLS: good})
	require.NoError(t, err)
}

// TestErlangTLS links with Erlang nodes over TLS, both sides verified. The node
// in a folder reads its certificate there.
func TestErlangTLS(t *testing.T) {
	ca := newAuthority(t)
	eachOTP(t, func(t *testing.T, o otp) {
		for _, dialer := range []string{"go", "erlang"} {
			t.Run(dialer+"Dials", func(t *testing.T) {
				root := ""
				if o.command[0] == "chroot" {
					root = o.command[1]
				}
				inside := filepath.Join(os.TempDir(), fmt.Sprintf("paxoskv-tls-%d", os.Getpid()))
				outside := ca.issue(filepath.Join(root, inside), ca)
				t.Cleanup(func() { os.RemoveAll(outside) })
				require.NoError(t, os.WriteFile(filepath.Join(outside, "dist.conf"), fmt.Appendf(nil, tlsConf, inside), 0o644))
				port := mapper(t)
				e := startErlang(t, o, "e@127.0.0.1", port, "-proto_dist", "inet_tls",
					"-ssl_dist_optfile", filepath.Join(inside, "dist.conf"))
				g := startChild(t, childConfig{Name: "g@127.0.0.1", EPMD: port, TLSDir: outside})
				if dialer == "go" {
					g.do(nil, "connect", e.name)
					g.do(nil, "wait", e.name)
				}
				require.Equal(t, "pong", e.eval("net_adm:ping('%s')", g.name))
				require.Equal(t, "true", e.eval("(fun(T) -> gen_server:call({agent, '%s'}, T, 60000) =:= T end)(binary:copy(<<1>>, 5000000))", g.name))
			})
		}
	})
}

const tlsConf = `[{server, [{certfile, "%[1]s/cert.pem"}, {keyfile, "%[1]s/key.pem"}, {cacertfile, "%[1]s/ca.pem"},
  {verify, verify_peer}, {fail_if_no_peer_cert, true}, {versions, ['tlsv1.3']}]},
 {client, [{certfile, "%[1]s/cert.pem"}, {keyfile, "%[1]s/key.pem"}, {cacertfile, "%[1]s/ca.pem"},
  {verify, verify_peer}, {versions, ['tlsv1.3']}]}].
`
