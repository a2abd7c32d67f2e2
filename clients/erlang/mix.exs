# Lets mix compile the application like one of its own: a project of Elixir that
# depends on it needs neither rebar3 nor a network.
defmodule PaxosKV.Erlang.MixProject do
  use Mix.Project

  {:ok, [{:application, :paxos_kv, app}]} =
    __DIR__ |> Path.join("src/paxos_kv.app.src") |> :file.consult()

  @app app

  def project do
    [
      app: :paxos_kv,
      description: to_string(@app[:description]),
      version: to_string(@app[:vsn]),
      language: :erlang,
      erlc_options: [:debug_info, :warn_missing_spec, :warnings_as_errors],
      deps: []
    ]
  end

  def application, do: Keyword.take(@app, [:mod, :registered, :env])
end
