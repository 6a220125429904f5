// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The list resources have no page of their own, which tfplugindocs makes with
// Terraform 1.14 and newer only: their attributes are in a guide.
func TestGuide_NamesWhatAListBlockTakes(t *testing.T) {
	t.Parallel()
	_, schemas := served(t)
	guide, err := os.ReadFile(filepath.Join("..", "..", "templates", "guides", "adopt-what-runs-already.md.tmpl"))
	if err != nil {
		t.Fatal(err)
	}
	if len(schemas.ListResourceSchemas) != len(schemas.ResourceSchemas) {
		t.Errorf("%d resources and %d lists of them", len(schemas.ResourceSchemas), len(schemas.ListResourceSchemas))
	}
	for name, schema := range schemas.ListResourceSchemas {
		_, rows, found := strings.Cut(string(guide), "\n| `"+name+"` | ")
		rows, _, _ = strings.Cut(rows, "\n| `o") // up to the next resource
		for _, a := range schema.Block.Attributes {
			if !found || !strings.Contains(rows, "`"+a.Name+"` |") {
				t.Errorf("%s: the guide does not have attribute %s", name, a.Name)
			}
		}
	}
}
