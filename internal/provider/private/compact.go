// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package private

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"fmt"
	"io"
)

// A list of ten thousand indices is long, and the state file grows by it twice:
// Terraform writes private state in base64. So long values are compressed.

// shortest is the length in bytes from which a value is compressed.
const shortest = 1 << 10

// compact is how a long value is kept. No other value has a key of this name:
// index names have no capital letters.
type compact struct {
	Deflated []byte `json:"Deflated"`
}

var compactPrefix = []byte(`{"Deflated":`)

// deflated compresses the JSON of a long value.
func deflated(raw []byte) ([]byte, error) {
	if len(raw) < shortest {
		return raw, nil
	}
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.DefaultCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(raw); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return json.Marshal(compact{out.Bytes()})
}

// inflated is the JSON of a value as it was given.
func inflated(raw []byte) ([]byte, error) {
	if !bytes.HasPrefix(raw, compactPrefix) {
		return raw, nil
	}
	var kept compact
	if err := json.Unmarshal(raw, &kept); err != nil {
		return nil, err
	}
	value, err := io.ReadAll(flate.NewReader(bytes.NewReader(kept.Deflated)))
	if err != nil {
		return nil, fmt.Errorf("its compressed form: %w", err)
	}
	return value, nil
}
