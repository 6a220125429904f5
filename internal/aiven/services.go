// Copyright (c) The OpenSearch CCR authors
// SPDX-License-Identifier: MPL-2.0

package aiven

import (
	"context"
	"fmt"

	"github.com/aiven/go-client-codegen/handler/service"

	"github.com/opensearch-ccr/terraform-provider-opensearch/internal/ccr"
)

// Service reads a service, with the secrets of its connection where the token may
// read them. The API refuses the whole request of one that may not, or shows the
// service without them; it is the same to a caller, see [Service.SecretsHidden].
func (c *Client) Service(ctx context.Context, project, name string) (Service, error) {
	found, err := c.serviceWith(ctx, project, name, true)
	if IsForbidden(err) {
		// A token that may read nothing of the project is refused this too.
		open, refused := c.serviceWith(ctx, project, name, false)
		if refused != nil {
			return Service{}, err
		}
		open.SecretsHidden = err.Error()
		return open, nil
	}
	if err == nil && found.Connection.URL != "" && found.Connection.Password == "" {
		found.SecretsHidden = fmt.Sprintf("GET /v1/project/%s/service/%s?include_secrets=true: 200, with no password in it", project, name)
	}
	return found, err
}

func (c *Client) serviceWith(ctx context.Context, project, name string, secrets bool) (Service, error) {
	if err := named(project, name); err != nil {
		return Service{}, err
	}
	x := c.exchange(project, ServiceRef{project, name}.object()).ofService(name)
	out, err := x.api().ServiceGet(ctx, project, name, service.ServiceGetIncludeSecrets(secrets))
	if err != nil {
		return Service{}, x.failure(err)
	}
	return x.service(fromGet(out))
}

// service is the service of an answer, which must hold one.
func (x *exchange) service(out *service.ServiceOut) (Service, error) {
	if out.ServiceName == "" {
		return Service{}, x.missing("service")
	}
	s := newService(x.project, x.client.route, out)
	s.Warnings = x.warningTexts()
	return s, nil
}

// Services lists the services of a project, of every type, without secrets. A
// list that the API itself calls incomplete is an error.
func (c *Client) Services(ctx context.Context, project string) ([]Service, error) {
	if err := named(project); err != nil {
		return nil, err
	}
	x := c.exchange(project, "services of project "+project).ofProject()
	list, err := x.api().ServiceList(ctx, project)
	if err != nil {
		return nil, x.failure(err)
	}
	if len(x.warnings) > 0 {
		return nil, x.said(x.warnings)
	}
	if list == nil {
		return nil, x.missing("services")
	}
	out := make([]Service, 0, len(list))
	for i := range list {
		out = append(out, newService(project, c.route, &list[i]))
	}
	return out, nil
}

// DeleteService starts the deletion of a service, or finds that it does not
// exist; it is gone when [Client.Service] says so.
func (c *Client) DeleteService(ctx context.Context, d ccr.Destruction) error {
	project, name, _ := d.Service()
	if !d.Permits() || name == "" {
		return notPermitted("delete a service", d)
	}
	if err := named(project, name); err != nil {
		return err
	}
	x := c.exchange(project, ServiceRef{project, name}.object()).ofService(name)
	return x.deleted(x.api().ServiceDelete(ctx, project, name))
}

// notPermitted is the error of a destructive call without the permission for it,
// which only a fault of this program can bring about.
func notPermitted(what string, d ccr.Destruction) error {
	return fmt.Errorf("internal error, please report it: nothing permits to %s: %s", what, d)
}

// deleted is the end of a deletion: what is not there needs none. No object in
// the answer tells whether `errors` within a success are only warnings, so
// they count.
func (x *exchange) deleted(err error) error {
	if err == nil && len(x.warnings) > 0 {
		err = x.said(x.warnings)
	}
	if err == nil || IsNotFound(err) {
		return nil
	}
	return x.failure(err)
}
