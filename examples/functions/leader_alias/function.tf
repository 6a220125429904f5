# "acme_search-us", the name by which the followers of that service know it
output "leader_alias" {
  value = provider::opensearch::leader_alias("acme", "search-us")
}
