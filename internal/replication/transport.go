// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package replication

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/opensearch-project/opensearch-go/v2/signer"
)

// whole is a transport whose answers have been read to their end, so that one
// that broke off is an error like none at all. And none of its errors is a bare
// io.EOF: at that, opensearchtransport sends a request again although its
// retries are off, which would start or stop a replication twice.
type whole struct {
	http.RoundTripper

	most *int64 // how many bytes of an answer are read
}

// tooLongError is an answer that is longer than what is read. The cluster is in
// reach, and to ask again would bring the same.
type tooLongError struct {
	status int
	most   int64
}

func (e *tooLongError) Error() string {
	return fmt.Sprintf("the answer is longer than the %s that are read at most", size(e.most))
}

func size(bytes int64) string {
	if bytes < 1<<20 {
		return fmt.Sprintf("%d bytes", bytes)
	}
	return fmt.Sprintf("%d MiB", bytes>>20)
}

func (t whole) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := t.RoundTripper.RoundTrip(req)
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the connection was closed before an answer came")
	}
	if err != nil {
		return nil, err
	}
	var read bytes.Buffer
	if announced := res.ContentLength; announced > 0 && announced <= *t.most {
		read.Grow(int(announced) + bytes.MinRead) // or megabytes are copied again and again
	}
	_, err = read.ReadFrom(io.LimitReader(res.Body, *t.most+1))
	err = errors.Join(err, res.Body.Close())
	body := read.Bytes()
	if int64(len(body)) > *t.most {
		return nil, &tooLongError{res.StatusCode, *t.most}
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("the answer, status %d, broke off after %d bytes", res.StatusCode, len(body))
	}
	if err != nil {
		return nil, fmt.Errorf("the answer, status %d, broke off after %d bytes: %w", res.StatusCode, len(body), err)
	}
	res.Body = inMemory{bytes.NewReader(body), body}
	return res, nil
}

// inMemory is the body of an answer that was read.
type inMemory struct {
	*bytes.Reader

	all []byte
}

func (inMemory) Close() error { return nil }

// bodyOf is the body of an answer of this transport.
func bodyOf(res *http.Response) ([]byte, error) {
	if read, ours := res.Body.(inMemory); ours {
		return read.all, nil
	}
	return io.ReadAll(res.Body) // the library put something around it
}

// signed is a transport that signs each request. The library would sign too,
// but makes a text of the error, and cannot be told from a cluster that is away.
type signed struct {
	http.RoundTripper

	signer signer.Signer // nil: nothing is signed
}

// signError is why a request could not be signed. It was not sent.
type signError struct{ err error }

func (e *signError) Error() string { return "the request could not be signed: " + e.err.Error() }

func (e *signError) Unwrap() error { return e.err }

func (t signed) RoundTrip(req *http.Request) (*http.Response, error) {
	if t.signer != nil {
		req = req.Clone(req.Context()) // a transport must not change what it was given
		if err := t.signer.SignRequest(req); err != nil {
			return nil, &signError{err}
		}
	}
	return t.RoundTripper.RoundTrip(req)
}
