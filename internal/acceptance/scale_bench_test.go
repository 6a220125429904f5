// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package acceptance

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/provider"
)

// refreshes reads n resources of a type over the provider's protocol, ten at a
// time as Terraform does, without Terraform's own share of the time.
func refreshes(b *testing.B, server tfprotov6.ProviderServer, name string, state func(i int) *tfprotov6.DynamicValue, n int) {
	b.Helper()
	var group sync.WaitGroup
	next := make(chan int)
	for range 10 {
		group.Go(func() {
			for i := range next {
				resp, err := server.ReadResource(b.Context(), &tfprotov6.ReadResourceRequest{TypeName: name, CurrentState: state(i)})
				if err != nil || len(resp.Diagnostics) > 0 {
					b.Errorf("read: %v %v", err, resp.Diagnostics)
				}
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	group.Wait()
}

// BenchmarkRefresh_Replications refreshes replications of one large cluster: the
// requests of all of them together, the provider's time for each, and that as a
// multiple of a provider that looks at nothing, which is what this one does while
// its cluster is not known.
func BenchmarkRefresh_Replications(b *testing.B) {
	for _, n := range []int{10, 100, 1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			c := newLargeCluster(b)
			for i := range n {
				c.replicas[fmt.Sprintf("logs-%d", i)] = fmt.Sprintf("logs-%d", i)
			}
			refresh := func(url any) time.Duration {
				server, kind := configured(b, url)
				began := time.Now()
				refreshes(b, server, "opensearch_ccr_replication", func(i int) *tfprotov6.DynamicValue {
					return replicationState(b, kind, fmt.Sprintf("logs-%d", i))
				}, n)
				return time.Since(began)
			}
			var nothing, looking time.Duration
			requests := 0
			for b.Loop() {
				nothing += refresh(tftypes.UnknownValue)
				c.forget()
				looking += refresh(c.URL)
				requests = len(c.seen())
			}
			b.ReportMetric(float64(requests), "requests")
			b.ReportMetric(float64(looking.Microseconds())/float64(b.N*n), "µs/resource")
			b.ReportMetric(float64(looking)/float64(nothing), "x/nothing")
		})
	}
}

// configured is the provider with the cluster "here", whose address may be
// unknown, and the type of a replication.
func configured(b *testing.B, url any) (tfprotov6.ProviderServer, tftypes.Object) {
	b.Helper()
	server, err := providerserver.NewProtocol6WithError(provider.New("bench")())()
	if err != nil {
		b.Fatal(err)
	}
	schemas, err := server.GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		b.Fatal(err)
	}
	config, ok := schemas.Provider.ValueType().(tftypes.Object)
	kind, ok2 := schemas.ResourceSchemas["opensearch_ccr_replication"].ValueType().(tftypes.Object)
	if !ok || !ok2 {
		b.Fatal("a schema is no object")
	}
	clusters, ok := config.AttributeTypes["clusters"].(tftypes.Map)
	if !ok {
		b.Fatal("clusters is no map")
	}
	here := nulls(clusters.ElementType, map[string]tftypes.Value{"url": tftypes.NewValue(tftypes.String, url)})
	value := nulls(config, map[string]tftypes.Value{"clusters": tftypes.NewValue(clusters, map[string]tftypes.Value{"here": here})})
	resp, err := server.ConfigureProvider(context.Background(), &tfprotov6.ConfigureProviderRequest{Config: dynamic(b, config, value)})
	if err != nil || len(resp.Diagnostics) > 0 {
		b.Fatal(err, resp.Diagnostics)
	}
	return server, kind
}

func replicationState(b *testing.B, kind tftypes.Object, index string) *tfprotov6.DynamicValue {
	b.Helper()
	text := func(s string) tftypes.Value { return tftypes.NewValue(tftypes.String, s) }
	return dynamic(b, kind, nulls(kind, map[string]tftypes.Value{
		"cluster": text("here"), "follower_index": text(index), "leader_alias": text("lead"), "leader_index": text(index), "id": text("here/" + index),
		"desired_state": text("replicating"), "on_destroy": text("stop"), "status": text("replicating"), "rebuild": tftypes.NewValue(tftypes.Bool, false),
	}))
}

// nulls is an object with these attributes, all others null.
func nulls(kind tftypes.Type, set map[string]tftypes.Value) tftypes.Value {
	object, ok := kind.(tftypes.Object)
	if !ok {
		panic(fmt.Sprintf("%s is no object", kind))
	}
	values := map[string]tftypes.Value{}
	for name, t := range object.AttributeTypes {
		values[name] = tftypes.NewValue(t, nil)
	}
	maps.Copy(values, set)
	return tftypes.NewValue(kind, values)
}

func dynamic(b *testing.B, kind tftypes.Type, value tftypes.Value) *tfprotov6.DynamicValue {
	b.Helper()
	d, err := tfprotov6.NewDynamicValue(kind, value)
	if err != nil {
		b.Fatal(err)
	}
	return &d
}
