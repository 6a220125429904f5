// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider"
	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/sandbox/controlplane"
)

// unknown stands for a value that is known only after apply.
const unknown = tftypes.UnknownValue

// valuesWorld is a provider as Terraform talks to it, with a control plane and
// clusters in memory: plan rules that ask an API are answered within
// milliseconds, and nothing is ever applied.
type valuesWorld struct {
	*memoryPlatform

	t        *testing.T
	server   tfprotov6.ProviderServer
	schemas  *tfprotov6.GetProviderSchemaResponse
	provider fields
}

const valuesVPC = "11111111-2222-3333-4444-555555555555"

// newValuesWorld makes a project with leader search-us, service search-asia of
// another plan, and service central, which is also the cluster here, connected to
// the leader as london.
func newValuesWorld(t *testing.T) *valuesWorld {
	t.Helper()
	w := &valuesWorld{t: t, memoryPlatform: newMemoryPlatform(t, asItIs, unchanged)}
	w.plane.AddVPC(modelProject, valuesVPC, "aws-us-east-1")
	for name, plan := range map[string]string{leaderName: "business-4", "search-asia": "business-8", "central": "business-4"} {
		w.service(name, plan)
	}
	w.connect()
	w.provider = fields{
		"aiven":    fields{"token": modelToken, "project": modelProject, "api_url": w.apiURL},
		"clusters": fields{"here": w.clusterOf("central")},
	}
	w.start()
	return w
}

func (w *valuesWorld) connect() {
	central := controlplane.ServiceRef{Project: modelProject, Name: "central"}
	if err := w.platform.Connect(w.t.Context(), leaderRef, central, "london"); err != nil {
		w.t.Fatal(err)
	}
	leader, _ := w.platform.Cluster(leaderRef)
	leader.Write("movies", "1", true)
	here, _ := w.platform.Cluster(central)
	here.Write("plain", "1", true)
}

// start starts the provider, as Terraform does for each plan.
func (w *valuesWorld) start() {
	w.t.Helper()
	var err error
	w.server = provider.Server("test")
	if w.schemas, err = w.server.GetProviderSchema(w.t.Context(), &tfprotov6.GetProviderSchemaRequest{}); err != nil {
		w.t.Fatal(err)
	}
	resp, err := w.server.ConfigureProvider(w.t.Context(), &tfprotov6.ConfigureProviderRequest{Config: configValue(w.t, w.schemas.Provider, w.provider)})
	if err != nil || len(resp.Diagnostics) > 0 {
		w.t.Fatal(err, resp)
	}
}

// A kind of block, with the provider's own as one without a name.
const (
	blockProvider = "provider"
	blockResource = "resource"
	blockData     = "data"
	blockList     = "list"
)

// block names a resource, a data source or the provider block.
type block struct{ kind, name string }

func (b block) String() string { return strings.TrimSuffix(b.kind+" "+b.name, " ") }

func (w *valuesWorld) blocks() map[block]*tfprotov6.Schema {
	all := map[block]*tfprotov6.Schema{{kind: blockProvider}: w.schemas.Provider}
	for name, schema := range w.schemas.ResourceSchemas {
		all[block{blockResource, name}] = schema
	}
	for name, schema := range w.schemas.DataSourceSchemas {
		all[block{blockData, name}] = schema
	}
	for name, schema := range w.schemas.ListResourceSchemas {
		all[block{blockList, name}] = schema
	}
	return all
}

// validate is what terraform validate says of a configuration.
func (w *valuesWorld) validate(b block, config fields) []finding {
	w.t.Helper()
	value, ctx := configValue(w.t, w.blocks()[b], config), w.t.Context()
	switch b.kind {
	case blockProvider:
		resp, err := w.server.ValidateProviderConfig(ctx, &tfprotov6.ValidateProviderConfigRequest{Config: value})
		return w.findings(err, resp.Diagnostics)
	case blockData:
		resp, err := w.server.ValidateDataResourceConfig(ctx, &tfprotov6.ValidateDataResourceConfigRequest{TypeName: b.name, Config: value})
		return w.findings(err, resp.Diagnostics)
	case blockList:
		resp, err := w.lists().ValidateListResourceConfig(ctx, &tfprotov6.ValidateListResourceConfigRequest{TypeName: b.name, Config: value})
		return w.findings(err, resp.Diagnostics)
	}
	resp, err := w.server.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: b.name, Config: value})
	return w.findings(err, resp.Diagnostics)
}

// lists is the provider's side of terraform query.
func (w *valuesWorld) lists() tfprotov6.ProviderServerWithListResource { //nolint:staticcheck // until the methods are in ProviderServer, this is how to reach them
	w.t.Helper()
	server, lists := w.server.(tfprotov6.ProviderServerWithListResource) //nolint:staticcheck // see above
	if !lists {
		w.t.Fatalf("%T cannot list", w.server)
	}
	return server
}

// plan is what terraform plan says of a resource that is to be created, or of a
// data source that is read, and terraform query of a list.
func (w *valuesWorld) plan(b block, config fields) (found []finding) {
	w.t.Helper()
	if b.kind == blockList {
		stream, err := w.lists().ListResource(w.t.Context(), &tfprotov6.ListResourceRequest{TypeName: b.name, Config: configValue(w.t, w.blocks()[b], config)})
		if err != nil {
			w.t.Fatal(err)
		}
		for result := range stream.Results {
			found = append(found, w.findings(nil, result.Diagnostics)...)
		}
		return found
	}
	if b.kind == blockData {
		resp, err := w.server.ReadDataSource(w.t.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: b.name, Config: configValue(w.t, w.blocks()[b], config)})
		return w.findings(err, resp.Diagnostics)
	}
	found, _ = w.change(b.name, nil, config, nil)
	return found
}

// change is the plan of a resource that has a state and private state, or none.
func (w *valuesWorld) change(name string, state, config fields, private []byte) ([]finding, *tfprotov6.PlanResourceChangeResponse) {
	w.t.Helper()
	schema := w.schemas.ResourceSchemas[name]
	proposed := maps.Clone(config)
	for _, a := range schema.Block.Attributes { // as Terraform does with what is computed
		if config == nil {
			break // it is to be destroyed
		}
		if prior, has := state[a.Name]; a.Computed && proposed[a.Name] == nil && has {
			proposed[a.Name] = prior
		} else if a.Computed && proposed[a.Name] == nil {
			proposed[a.Name] = unknown
		}
	}
	resp, err := w.server.PlanResourceChange(w.t.Context(), &tfprotov6.PlanResourceChangeRequest{TypeName: name, PriorState: configValue(w.t, schema, state),
		Config: configValue(w.t, schema, config), ProposedNewState: configValue(w.t, schema, proposed), PriorPrivate: private})
	return w.findings(err, resp.Diagnostics), resp
}

// finding is an error or a warning.
type finding struct {
	warning  bool
	at, text string
}

func (f finding) String() string { return f.at + ": " + f.text }

func (w *valuesWorld) findings(err error, diagnostics []*tfprotov6.Diagnostic) (found []finding) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, d := range diagnostics {
		found = append(found, finding{d.Severity == tfprotov6.DiagnosticSeverityWarning, attributePath(d.Attribute), d.Summary + ": " + d.Detail})
	}
	return found
}

// unannounced leaves out what a plan announces of a creation that is right.
func unannounced(found []finding) []finding {
	return slices.DeleteFunc(slices.Clone(found), func(f finding) bool { return f.warning && strings.Contains(f.text, " will be created: Apply copies ") })
}

func errorsOf(found []finding) []finding {
	return slices.DeleteFunc(slices.Clone(found), func(f finding) bool { return f.warning })
}

// attributePath writes a path as in HCL, with what names an element of a set left out.
func attributePath(p *tftypes.AttributePath) string {
	var b strings.Builder
	for _, step := range p.Steps() {
		switch step := step.(type) {
		case tftypes.AttributeName:
			b.WriteString("." + string(step))
		case tftypes.ElementKeyString:
			fmt.Fprintf(&b, "[%q]", string(step))
		case tftypes.ElementKeyInt:
			fmt.Fprintf(&b, "[%d]", step)
		case tftypes.ElementKeyValue:
			b.WriteString("[…]")
		}
	}
	return strings.TrimPrefix(b.String(), ".")
}

func configValue(t *testing.T, schema *tfprotov6.Schema, config fields) *tfprotov6.DynamicValue {
	t.Helper()
	kind := schema.ValueType()
	var value any
	if config != nil {
		value = config
	}
	out, err := tfprotov6.NewDynamicValue(kind, typed(t, kind, value))
	if err != nil {
		t.Fatal(err)
	}
	return &out
}

// typed is a plain value as one of Terraform's; what an object does not have is null.
func typed(t *testing.T, kind tftypes.Type, value any) tftypes.Value {
	t.Helper()
	if value == nil || value == unknown {
		return tftypes.NewValue(kind, value)
	}
	elements := func(of tftypes.Type) (list []tftypes.Value) {
		for _, e := range value.([]any) {
			list = append(list, typed(t, of, e))
		}
		return list
	}
	switch k := kind.(type) {
	case tftypes.Object:
		members := map[string]tftypes.Value{}
		given := maps.Clone(value.(fields))
		for name, of := range k.AttributeTypes {
			members[name] = typed(t, of, given[name])
			delete(given, name)
		}
		if len(given) > 0 {
			t.Fatalf("no such attributes: %v", given)
		}
		return tftypes.NewValue(kind, members)
	case tftypes.Map:
		members := map[string]tftypes.Value{}
		for name, e := range value.(fields) {
			members[name] = typed(t, k.ElementType, e)
		}
		return tftypes.NewValue(kind, members)
	case tftypes.List:
		return tftypes.NewValue(kind, elements(k.ElementType))
	case tftypes.Set:
		return tftypes.NewValue(kind, elements(k.ElementType))
	}
	if number, is := value.(float64); is {
		value = big.NewFloat(number)
	}
	return tftypes.NewValue(kind, value)
}
