defmodule PaxosKV.Client.AloneTest do
  use ExUnit.Case, async: true

  alias PaxosKV.Client
  alias PaxosKV.Client.Error

  # These need no cluster.

  test "without a node there is an error, in time" do
    options = [at: :nobody@nowhere, timeout: 100, no_quorum: :return]

    for call <- [
          &Client.put(:k, :v, &1),
          &Client.get(:k, &1),
          &Client.pid(:k, &1),
          &Client.node(:k, &1),
          &Client.nodes/1,
          &Client.cluster_size/1,
          &Client.nodes_and_cluster_size/1,
          &Client.quorum/1,
          &Client.resize_cluster(3, &1)
        ] do
      # A node that could dial does not know that nothing has arrived.
      reasons = if Node.alive?(), do: [:no_node, :timeout, :indeterminate], else: [:no_node]
      assert {:error, reason} = call.(options)
      assert reason in reasons
    end

    assert Client.ping(options) == :pang
    assert_raise Error, ~r/^get :k: :/, fn -> Client.get!(:k, options) end
  end

  test "options that are none are refused" do
    for options <- [[timeout: :soon], [at: "node"], [no_quorum: :never], [:timeout | 1], 1] do
      assert {:error, {:bad_request, why}} = Client.get(:k, options)
      assert why =~ "not an option"
      assert_raise Error, ~r/^get :k: not an option/, fn -> Client.get!(:k, options) end
    end
  end

  test "the child" do
    assert Client.child_spec(nodes: [:a@b]) == %{
             id: Client,
             start: {Client, :start_link, [[nodes: [:a@b]]]}
           }

    assert %{id: :mine} = Client.child_spec(id: :mine)
    assert_raise ArgumentError, fn -> Client.start_link(nods: []) end
    assert Client.start_link(nodes: []) == :ignore
  end
end
