// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package access

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// awsSigner signs requests for Amazon's service (SigV4). It does what the signer
// of opensearch-go does, but with the context of the request: there a call of STS
// that does not end is never given up.
type awsSigner struct {
	credentials     aws.CredentialsProvider
	region, service string
}

// credentialsTime ends one call for credentials, which otherwise outlives the
// request that it was made for: the next one would wait for the same call.
const credentialsTime = 30 * time.Second

// SignRequest signs a request, whose body it reads and puts back.
func (s awsSigner) SignRequest(r *http.Request) error {
	keys, err := s.credentials.Retrieve(r.Context())
	if err != nil {
		return fmt.Errorf("no AWS credentials: %w", err)
	}
	var body []byte
	if r.Body != nil {
		if body, err = io.ReadAll(r.Body); err != nil {
			return fmt.Errorf("read the body of the request: %w", err)
		}
		_ = r.Body.Close()
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	r.Header.Set("X-Amz-Content-Sha256", hash)
	return v4.NewSigner().SignHTTP(r.Context(), keys, r, hash, s.service, s.region, time.Now())
}
