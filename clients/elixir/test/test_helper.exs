# The tests with a cluster run if PAXOSKV_NODES names some of its nodes:
#
#     PAXOSKV_NODES=node1@127.0.0.1,node2@127.0.0.1 mix test
#
# PAXOSKV_COOKIE is the cluster's cookie, where it is not that of this user.
case System.get_env("PAXOSKV_NODES", "") do
  "" ->
    IO.puts("left out: all tests with a cluster; set PAXOSKV_NODES to names of its nodes")
    ExUnit.start(exclude: [:cluster])

  names ->
    name = "mix#{System.pid()}@127.0.0.1"
    {:ok, _} = Node.start(String.to_atom(name), :longnames)

    with cookie when is_binary(cookie) <- System.get_env("PAXOSKV_COOKIE"),
         do: Node.set_cookie(String.to_atom(cookie))

    nodes = names |> String.split(",") |> Enum.map(&String.to_atom/1)
    :ignore = PaxosKV.Client.start_link(nodes: nodes, wait: 20_000)
    ExUnit.start()
end
