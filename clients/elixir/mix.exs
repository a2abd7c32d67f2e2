defmodule PaxosKV.Client.MixProject do
  use Mix.Project

  def project do
    [
      app: :paxos_kv_client,
      description: "Client of a PaxosKV cluster",
      version: "0.1.0",
      elixir: "~> 1.14",
      # Both folders are needed, and nothing else: no package manager, no network.
      deps: [{:paxos_kv, path: "../erlang"}]
    ]
  end

  def application, do: [extra_applications: [:logger]]
end
