// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// whole is a transport whose answers have been read to their end, so that one
// that broke off is an error like none at all. And none of its errors is a bare
// io.EOF: at that, opensearchtransport sends a request again although its
// retries are off, which would start or stop a replication twice.
type whole struct{ http.RoundTripper }

func (t whole) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := t.RoundTripper.RoundTrip(req)
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("the connection was closed before an answer came: %w", err)
	}
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		return nil, fmt.Errorf("the answer, status %d, broke off after %d bytes: %w", res.StatusCode, len(body), err)
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, nil
}
