defmodule PaxosKV.ClientTest do
  use ExUnit.Case, async: true

  alias PaxosKV.Client
  alias PaxosKV.Client.{Error, Names}

  @moduletag :cluster
  @moduletag :capture_log
  doctest Client
  doctest Names

  # A key that no other test has, nor another run of the tests.
  defp key, do: {__MODULE__, System.system_time(), make_ref()}

  defp process do
    {:ok, pid} = Agent.start(fn -> nil end)
    pid
  end

  # A key that lives for a while; for longer where that was over before it was put.
  defp put_until(key, ms) do
    case Client.put(key, 1, until: DateTime.add(DateTime.utc_now(), ms, :millisecond)) do
      {:error, :invalid_value} when ms < 5_000 -> put_until(key, 2 * ms)
      result -> result
    end
  end

  defp gone(key, tries \\ 500) do
    case Client.get(key) do
      {:error, :not_found} ->
        :ok

      {:ok, _} when tries > 0 ->
        Process.sleep(20)
        gone(key, tries - 1)
    end
  end

  test "the first value stays, for all terms" do
    for term <- [nil, %{"a" => [1 | 2]}, ~D[2024-02-29], 1..3, self(), &(&1 + 1), "é", 1, 1.0] do
      k = {key(), term}
      assert Client.put(k, term) === {:ok, term}
      assert Client.put(k, :another) === {:ok, term}
      assert Client.get(k) === {:ok, term}
      assert Client.get!(k) === term
    end
  end

  test "every node answers the same" do
    k = key()
    assert Client.put!(k, 1) == 1
    nodes = Client.nodes!()
    assert nodes != []

    for node <- nodes do
      assert Client.get(k, at: node) == {:ok, 1}
      assert Client.put(k, 2, at: node, timeout: 10_000) == {:ok, 1}
    end
  end

  test "a key lives as long as the processes that it is tied to" do
    [a, b] = [process(), process()]
    k = key()
    assert Client.put(k, 1, pid: a, pid: b) == {:ok, 1}
    assert Client.pid!(k) == a
    assert Client.node!(k) == Node.self()
    Process.exit(b, :kill)
    gone(k)
    assert Client.put(k, 2) == {:ok, 2}
    assert Client.put(key(), 1, pid: b) == {:error, :invalid_value}
  end

  test "a key lives as long as a node, another key, and until a time" do
    node = hd(Client.nodes!())
    p = process()
    [by_pid, by_key, by_node, by_time] = for _ <- 1..4, do: key()
    assert Client.put!(by_pid, 1, pid: p) == 1
    assert Client.put!(by_key, 1, key: by_pid) == 1
    assert Client.put!(by_node, 1, node: node) == 1
    assert put_until(by_time, 1000) == {:ok, 1}
    assert Client.node!(by_node) == node
    assert Client.node(by_time) == {:error, :not_found}
    Agent.stop(p)
    gone(by_key)
    gone(by_time)
    past = DateTime.add(DateTime.utc_now(), -1)
    assert Client.put(by_time, 1, until: past) == {:error, :invalid_value}
    assert Client.put(by_time, 1, until: 1) == {:error, :invalid_value}
    assert Client.put(by_time, 1, node: :nobody@nowhere) == {:error, :invalid_value}
    assert Client.get!(by_node, stale: true) == 1
  end

  test "a process is told what becomes of keys" do
    k = key()
    p = process()
    {:ok, one} = Client.watch(k)
    {:ok, all} = Client.watch_all(timeout: 10_000)
    assert_receive {:paxos_kv, ^one, {:current, ^k}}, 10_000
    {:ok, 1, rev} = Client.put(k, 1, pid: p, rev: true)
    assert_receive {:paxos_kv, ^one, {:chosen, ^k, ^rev, 1, ties}}, 10_000
    assert ties[:pid] == p
    assert_receive {:paxos_kv, ^all, {:chosen, ^k, ^rev, 1, _}}, 10_000
    {:ok, lost} = Client.lost(k, rev)
    {:ok, unwanted} = Client.lost(k, rev)
    assert Client.unwatch(unwanted) == :ok
    Agent.stop(p)
    assert_receive {:paxos_kv, ^lost, {:lost, ^k, ^rev, :erased}}, 10_000
    assert_receive {:paxos_kv, ^one, {:erased, ^k, ^rev}}, 10_000
    assert_receive {:paxos_kv, ^all, {:erased, ^k, ^rev}}, 10_000
    assert Client.unwatch(one) == :ok
    assert Client.unwatch(all) == :ok
    refute_received {:paxos_kv, ^unwanted, _}
    assert {:error, {:bad_request, _}} = Client.watch(k, pid: p)
    assert {:error, {:bad_request, _}} = Client.lost(k, :rev)
  end

  test "functions with an exclamation mark raise" do
    error = assert_raise Error, fn -> Client.get!({:nothing, 1}) end
    assert error.reason == :not_found
    assert Exception.message(error) == "get {:nothing, 1}: :not_found"
    assert_raise Error, ~r/pid :nothing: :not_found/, fn -> Client.pid!(:nothing) end
    assert_raise Error, ~r/unknown_bucket/, fn -> Client.put!(1, 2, bucket: "none") end
    assert_raise Error, ~r/^resize_cluster 0: /, fn -> Client.resize_cluster!(0) end
    assert Client.get!(:nothing, default: 1) == 1
    assert Client.quorum!() == true
    assert Client.wait_for_quorum!() == :ok
    assert Client.resize_cluster!(Client.cluster_size!()) == :ok
  end

  test "a tree waits for the quorum" do
    spec = {Client, nodes: Client.nodes!(), wait: 10_000}
    assert {:ok, :undefined} = start_supervised(spec)
    assert {:error, {_, _}} = start_supervised({Client, id: :other, nods: []})
  end

  test "a name is that of one process" do
    name = {:via, Names, key()}
    {:via, _, bare} = name
    assert GenServer.whereis(name) == nil
    {:ok, _} = start_supervised({Agent, fn -> 1 end} |> Supervisor.child_spec(id: :a), [])
    {:ok, one} = Agent.start(fn -> 1 end, name: name)
    assert GenServer.whereis(name) == one
    assert {:error, {:already_started, ^one}} = Agent.start(fn -> 2 end, name: name)
    assert Names.send(bare, :hello) == one
    ref = Process.monitor(one)
    Process.exit(one, :kill)
    assert_receive {:DOWN, ^ref, :process, ^one, :killed}, 30_000
    {:ok, two} = Agent.start(fn -> 2 end, name: name)
    assert Agent.get(name, & &1) == 2
    assert Names.unregister_name(bare) == :ok
    assert Names.whereis_name(bare) == :undefined
    assert Process.alive?(two)
    assert catch_exit(Names.send(bare, :hello)) == {:badarg, {bare, :hello}}
  end

  test "a supervisor starts a process with a name again" do
    name = {:via, Names, key()}
    start_supervised!({Agent, fn -> 0 end} |> named(name))
    old = GenServer.whereis(name)
    Process.exit(old, :kill)
    assert eventually(fn -> GenServer.whereis(name) not in [nil, old] end)
  end

  defp named({Agent, f}, name), do: %{id: name, start: {Agent, :start_link, [f, [name: name]]}}

  defp eventually(f, tries \\ 500) do
    f.() or (tries > 0 and Process.sleep(20) == :ok and eventually(f, tries - 1))
  end
end
