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

// certificates reads certificates in PEM. An error continues a sentence that
// begins with the name of the attribute, and does not repeat the text.
func certificates(text string) ([]*x509.Certificate, error) {
	var found []*x509.Certificate
	for block, rest := pem.Decode([]byte(text)); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue // a key beside it, as many files have
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("has a certificate that cannot be read, number %d: %w", len(found)+1, err)
		}
		found = append(found, certificate)
	}
	if len(found) == 0 {
		return nil, errors.New("holds no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----. To read it from a file use the function file")
	}
	return found, nil
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
