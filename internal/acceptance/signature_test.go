// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// verifier checks requests as Amazon's front end does: it signs what it has got
// once more, with the keys that it knows, and compares.
type verifier struct {
	keys            aws.Credentials
	region, service string
}

func (v verifier) check(r *http.Request) error {
	authorization := r.Header.Get("Authorization")
	scope := fmt.Sprintf("Credential=%s/%s/%s/%s/aws4_request", v.keys.AccessKeyID, r.Header.Get("X-Amz-Date")[:min(8, len(r.Header.Get("X-Amz-Date")))], v.region, v.service)
	if !strings.HasPrefix(authorization, "AWS4-HMAC-SHA256 ") || !strings.Contains(authorization, scope) {
		return fmt.Errorf("the request is not signed for %s in %s: %q", v.service, v.region, authorization)
	}
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil || time.Since(at).Abs() > 5*time.Minute {
		return fmt.Errorf("signature expired: %q is now", r.Header.Get("X-Amz-Date"))
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	if sent := r.Header.Get("X-Amz-Content-Sha256"); sent != hash {
		return fmt.Errorf("the body has the hash %s, X-Amz-Content-Sha256 is %q", hash, sent)
	}
	if token := r.Header.Get("X-Amz-Security-Token"); token != v.keys.SessionToken {
		return fmt.Errorf("the security token included in the request is invalid: %q", token)
	}
	again := r.Clone(r.Context())
	again.URL.Scheme, again.URL.Host = "https", r.Host
	again.Header, again.ContentLength = http.Header{}, 0
	for _, name := range signedHeaders(authorization) {
		switch name {
		case "host":
		case "content-length":
			again.ContentLength = int64(len(body))
		default:
			again.Header[http.CanonicalHeaderKey(name)] = r.Header.Values(name)
		}
	}
	if err := v4.NewSigner().SignHTTP(r.Context(), v.keys, again, hash, v.service, v.region, at); err != nil {
		return err
	}
	if again.Header.Get("Authorization") != authorization {
		return fmt.Errorf("the request signature we calculated does not match the signature you provided")
	}
	return nil
}

func signedHeaders(authorization string) []string {
	_, rest, _ := strings.Cut(authorization, "SignedHeaders=")
	list, _, _ := strings.Cut(rest, ",")
	return strings.Split(list, ";")
}
