// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package access

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/opensearch-project/opensearch-go/v2/signer/awsv2"
)

// A call of STS that does not end is given up with the request.
func TestSigner_EndsWithTheRequest(t *testing.T) {
	hangs := aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		<-ctx.Done()
		return aws.Credentials{}, ctx.Err()
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://paris.example.com/", nil)
	if err != nil {
		t.Fatal(err)
	}
	err = awsSigner{credentials: aws.NewCredentialsCache(hangs), region: "eu-west-3", service: "es"}.SignRequest(req)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "no AWS credentials") {
		t.Errorf("error is %v", err)
	}
}

// The signature is the one that opensearch-go makes, and the body is still there.
func TestSigner_SameAsTheLibrary(t *testing.T) {
	keys := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "secret", SessionToken: "token"}, nil
	})
	library, err := awsv2.NewSignerWithService(aws.Config{Region: "eu-west-3", Credentials: keys}, "es")
	if err != nil {
		t.Fatal(err)
	}
	own := awsSigner{credentials: keys, region: "eu-west-3", service: "es"}
	for _, body := range []string{"", `{"reason":"x"}`} {
		// The time is part of the signature; a second may begin between the two.
		for range 10 {
			a, b := request(t, body), request(t, body)
			if err := errors.Join(own.SignRequest(a), library.SignRequest(b)); err != nil {
				t.Fatal(err)
			}
			if a.Header.Get("X-Amz-Date") != b.Header.Get("X-Amz-Date") {
				continue
			}
			if got, want := a.Header, b.Header; got.Get("Authorization") != want.Get("Authorization") || len(got) != len(want) {
				t.Errorf("headers are %v, want %v", got, want)
			}
			break
		}
		signed := request(t, body)
		if err := own.SignRequest(signed); err != nil {
			t.Fatal(err)
		}
		if left, err := io.ReadAll(signed.Body); err != nil || string(left) != body {
			t.Errorf("the body is %q, %v", left, err)
		}
	}
}

func request(t *testing.T, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://paris.example.com/_plugins/_replication/a%20b/_resume", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return req
}
