# Of a service at Aiven.
data "opensearch_ccr_status" "eu" {
  service_name = "search-eu"
}

# Of any cluster of the provider's clusters, one leader only.
data "opensearch_ccr_status" "paris" {
  cluster      = "paris"
  leader_alias = "london"
}

output "indices_that_do_not_replicate" {
  value = {
    for name, index in data.opensearch_ccr_status.paris.indices : name => index.status_reason
    if index.status != "replicating"
  }
}
