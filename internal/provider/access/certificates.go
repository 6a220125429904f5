// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package access

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// certificates reads certificates in PEM, and leaves out those of a bundle that Go
// cannot read, as Go does itself. An error continues a sentence that begins with
// the name of the attribute, and does not repeat the text.
func certificates(text string) (found []*x509.Certificate, err error) {
	for block, rest := pem.Decode([]byte(text)); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue // a key beside it, as many files have
		}
		certificate, unread := x509.ParseCertificate(block.Bytes)
		if unread != nil {
			err = fmt.Errorf("holds no certificate that can be read: %w", unread)
			continue
		}
		found = append(found, certificate)
	}
	switch {
	case len(found) > 0:
		return found, nil
	case err == nil:
		err = errors.New("holds no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----. To read it from a file use the function file")
	}
	return nil, err
}

// keyPair reads a certificate and its private key. An error is about the key,
// and does not repeat it.
func keyPair(certificate, key string) (tls.Certificate, error) {
	pair, err := tls.X509KeyPair([]byte(certificate), []byte(key))
	if err != nil {
		return pair, fmt.Errorf("is not the private key of client_certificate, in PEM: %s", strings.TrimPrefix(err.Error(), "tls: "))
	}
	return pair, nil
}
