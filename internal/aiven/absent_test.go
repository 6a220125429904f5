// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package aiven

import (
	"context"
	"fmt"
	"testing"
)

func TestIsNotFound_OnlyOfTheObjectItself(t *testing.T) {
	const name, id = "search-eu", "a1b2-c3"
	service := func(ctx context.Context, c *Client) error { _, err := c.Service(ctx, "acme", name); return err }
	links := func(ctx context.Context, c *Client) error { _, err := c.Integrations(ctx, "acme", name); return err }
	integration := func(ctx context.Context, c *Client) error { _, err := c.Integration(ctx, "acme", id); return err }
	vpc := func(ctx context.Context, c *Client) error { _, err := c.VPC(ctx, "acme", id); return err }
	plans := func(ctx context.Context, c *Client) error { _, err := c.Plans(ctx, "acme"); return err }
	named := func(project, name string) func(context.Context, *Client) error {
		return func(ctx context.Context, c *Client) error { _, err := c.Service(ctx, project, name); return err }
	}
	link := func(ctx context.Context, c *Client) error {
		_, err := c.CreateIntegration(ctx, ServiceRef{"acme", "search-us"}, ServiceRef{"acme", name})
		return err
	}
	for i, test := range []struct {
		call    func(context.Context, *Client) error
		message string
		want    bool
	}{
		{service, "Service search-eu does not exist", true},
		{service, "Service search-eu does not exist.", true},
		{service, "service 'search-eu' not found", true},
		{service, "Service \"SEARCH-EU\" does not exist in project acme", true},
		{service, "In project acme, service: search-eu is unknown", true},
		{service, "Service acme/search-eu does not exist", true},
		{service, "No such service: search-eu.", true},
		{service, "search-eu does not exist", true},
		{links, "Service search-eu does not exist", true},
		{service, "Project acme does not exist", false},
		{service, "Project does not exist", false},
		{service, "Service does not exist", false},
		{service, "Not found", false},
		{service, "Service search-eu-2 does not exist", false},
		{service, "Service my-search-eu does not exist", false},
		{service, "Service search-us does not exist", false},
		{service, "No route for /v1/project/acme/service/search-eu", false},
		{named("acme", "eu"), "Service eu does not exist", true},
		{named("acme", "eu"), "'eu' does not exist", true},
		{named("acme", "exist"), "Project does not exist", false},
		{named("acme", "acme"), "Project acme does not exist", false},
		{named("acme", "acme"), "Service acme does not exist", true},
		{named("a-1", "a-1"), "Project 'a-1' does not exist", false},
		{named("hq", "search.eu"), "Service searchxeu does not exist", false},
		{integration, "Service integration not found", true},
		{integration, "Service integration a1b2-c3 does not exist", true},
		{integration, "a1b2-c3 not found", true},
		{integration, "Project acme does not exist", false},
		{integration, "Project integration does not exist", false},
		{integration, "Not found", false},
		{vpc, "Project acme does not exist", false},
		{vpc, "No route for /v1/project/acme/vpcs/a1b2-c3", false},
		{plans, "Project does not exist", true},
		{plans, "Not found", false},
		{link, "Service search-us does not exist", false},
		{link, "Service search-eu does not exist", false},
	} {
		t.Run(fmt.Sprint(i, " ", test.message), func(t *testing.T) {
			c, _, _ := newFake(t, refusal(404, test.message))
			if err := test.call(t.Context(), c); err == nil || IsNotFound(err) != test.want {
				t.Errorf("IsNotFound is %v of %v", !test.want, err)
			}
		})
	}
	if !IsNotFound(&Error{Status: 404}) {
		t.Error("an error of a fake needs no message")
	}
}
