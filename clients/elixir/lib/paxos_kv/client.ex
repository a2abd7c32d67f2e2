defmodule PaxosKV.Client do
  @moduledoc """
  Client of a PaxosKV cluster, for nodes of Elixir.

  The first value that is put for a key is what the key holds, on all nodes, until
  what it is tied to is gone:

      iex> PaxosKV.Client.put(:color, :red)
      {:ok, :red}
      iex> PaxosKV.Client.put(:color, :blue)
      {:ok, :red}
      iex> PaxosKV.Client.get(:color)
      {:ok, :red}

  Any term is a key or a value. Two keys are the same exactly when they are `===`.

  ## How the cluster is found

  The node that calls must be alive (`iex --name`, `Node.start/2`) and have the
  cluster's cookie. Of the nodes that it is connected to, hidden ones too, and those
  that it was told of, one that answers is asked; when that one goes, another is.
  Tell it of nodes in a supervision tree, where children that come later find the
  store ready:

      children = [
        {PaxosKV.Client, nodes: [:"node1@127.0.0.1", :"node2@127.0.0.1"], wait: 10_000},
        MyApp.Worker
      ]

  or in the configuration:

      config :paxos_kv, nodes: [:"node1@127.0.0.1", :"node2@127.0.0.1"]

  ## Results

  Functions return `{:ok, value}` or `{:error, reason}`, at the latest when their
  `:timeout` is over. Each has a variant with `!`, which returns the value or raises
  `PaxosKV.Client.Error`. The reasons:

    * `:no_node` - no node of the cluster could be asked
    * `:no_quorum` - too few members are connected, and nothing was proposed
    * `:not_found` - the key holds nothing, or is not tied to what was asked for
    * `:invalid_value` - what the key was to be tied to is gone already
    * `:indeterminate` - the value may have been chosen, or may be yet; put the same
      value again
    * `:timeout` - time was over, and nothing was put
    * `:too_large` - the key, the value, or how much the key is tied to, passes a
      limit of the asked node
    * `:unknown_bucket`, `:closed`, `:busy`, `:refused` - what the asked node said
    * `:not_started` - the application `:paxos_kv` does not run
    * `{:bad_request, why}` - the options are not right

  ## Options

  Options that all functions take:

    * `:timeout` - milliseconds, or `:infinity`; 5000 by default
    * `:at` - ask this node and no other

  Of functions with a key also:

    * `:bucket` - the bucket of the key; that of the store by default
    * `:no_quorum` - what to do while there is no quorum: `:retry` until time is over
      (the default), `:return` the error at once, or `:fail`, which exits

  Of `put/3`, all of which say what the key lives as long as:

    * `:pid` - a process; may be given more than once, as the next two
    * `:node` - a node
    * `:key` - another key of the same bucket
    * `:until` - a time, as a `DateTime` or in milliseconds of the system's time

  Of reads:

    * `:default` - what to answer in place of `:not_found`
    * `:stale` - `true` allows an answer that was right once, without asking others

  Of puts and reads:

    * `:rev` - with `true` the answer is `{:ok, value, rev}`. The revs of what a key
      holds, one after the other, only grow: hand yours along with what the key
      protects, and have lower ones refused there. Not for functions with `!`.

  Of `lost/3`:

    * `:silence` - how long the nodes of the store bear a silence, in milliseconds;
      5000 by default
  """

  import Kernel, except: [node: 0, node: 1]

  alias PaxosKV.Client.Error

  @typedoc "A key: any term."
  @type key :: term

  @typedoc "A value: any term."
  @type value :: term

  @typedoc "An option, see the module's documentation."
  @type option ::
          {:timeout, timeout}
          | {:at, node}
          | {:bucket, atom | binary}
          | {:no_quorum, :retry | :return | :fail}
          | {:pid, pid}
          | {:node, node}
          | {:key, key}
          | {:until, DateTime.t() | integer}
          | {:default, term}
          | {:stale, boolean}
          | {:rev, boolean}
          | {:silence, pos_integer}

  @typedoc "Options, see the module's documentation."
  @type options :: [option]

  @typedoc "What tells one value of a key from the next; see the option `:rev`."
  @type rev :: :paxos_kv.rev()

  @typedoc "A watch, see `watch/2`."
  @type watch :: :paxos_kv.watch()

  @typedoc "Why there is no answer, see the module's documentation."
  @type reason ::
          :no_node
          | :no_quorum
          | :not_found
          | :invalid_value
          | :indeterminate
          | :timeout
          | :unknown_bucket
          | :closed
          | :busy
          | :refused
          | :too_large
          | :not_started
          | {:bad_request, binary}

  @doc """
  A child that tells the client of nodes of the cluster.

  It starts no process: it is there for its place in the tree. Options:

    * `:nodes` - nodes of the cluster; those that it did not know are added
    * `:wait` - how long to wait for a quorum, in milliseconds or `:infinity`. The
      start fails with `:no_quorum` when there is none by then. By default it does
      not wait.
    * `:id` - that of the child; `PaxosKV.Client` by default
  """
  @spec child_spec(keyword) :: Supervisor.child_spec()
  def child_spec(options) do
    {id, options} = Keyword.pop(options, :id, __MODULE__)
    %{id: id, start: {__MODULE__, :start_link, [options]}}
  end

  @doc """
  Does what `child_spec/1` says.
  """
  @spec start_link(keyword) :: :ignore | {:error, reason}
  def start_link(options) do
    options = Keyword.validate!(options, nodes: [], wait: 0)
    known = Application.get_env(:paxos_kv, :nodes, [])
    Application.put_env(:paxos_kv, :nodes, Enum.uniq(known ++ options[:nodes]))

    with {:ok, _} <- Application.ensure_all_started(:paxos_kv),
         :ok <- wait(options[:wait]) do
      :ignore
    end
  end

  defp wait(0), do: :ok
  defp wait(timeout), do: wait_for_quorum(timeout)

  @doc """
  Has `value` chosen for `key`, unless the key holds one, and returns what the key
  holds.

      iex> {:ok, owner} = Agent.start(fn -> :idle end)
      iex> PaxosKV.Client.put(:owner, :me, pid: owner)
      {:ok, :me}
      iex> PaxosKV.Client.pid(:owner) == {:ok, owner}
      true
      iex> Agent.stop(owner)
      :ok
  """
  @spec put(key, value, options) :: {:ok, value} | {:ok, value, rev} | {:error, reason}
  def put(key, value, options \\ []), do: :paxos_kv.put(key, value, to_erlang(options))

  @doc """
  What `key` holds.

      iex> PaxosKV.Client.get("nobody has put this")
      {:error, :not_found}
      iex> PaxosKV.Client.get("nobody has put this", default: 0)
      {:ok, 0}
  """
  @spec get(key, options) :: {:ok, value} | {:ok, value, rev} | {:error, reason}
  def get(key, options \\ []), do: :paxos_kv.get(key, to_erlang(options))

  @doc """
  The process that `key` is tied to, the first where there are several.
  """
  @spec pid(key, options) :: {:ok, pid} | {:error, reason}
  def pid(key, options \\ []), do: :paxos_kv.pid(key, to_erlang(options))

  @doc """
  The node that `key` is tied to, by itself or through a process.

      iex> [there | _] = PaxosKV.Client.nodes!()
      iex> PaxosKV.Client.put({:roof, there}, "tiles", node: there)
      {:ok, "tiles"}
      iex> PaxosKV.Client.node({:roof, there}) == {:ok, there}
      true
  """
  @spec node(key, options) :: {:ok, node} | {:error, reason}
  def node(key, options \\ []), do: :paxos_kv.node(key, to_erlang(options))

  @doc """
  The nodes of the store that the asked one is connected to, and itself.
  """
  @spec nodes(options) :: {:ok, [node]} | {:error, reason}
  def nodes(options \\ []), do: :paxos_kv.nodes(options)

  @doc """
  How many members the cluster is to have.
  """
  @spec cluster_size(options) :: {:ok, pos_integer} | {:error, reason}
  def cluster_size(options \\ []), do: :paxos_kv.cluster_size(options)

  @doc """
  The nodes and the size, of one moment.

      iex> {nodes, size} = PaxosKV.Client.nodes_and_cluster_size!()
      iex> length(nodes) > size / 2
      true
  """
  @spec nodes_and_cluster_size(options) :: {:ok, {[node], pos_integer}} | {:error, reason}
  def nodes_and_cluster_size(options \\ []), do: :paxos_kv.nodes_and_cluster_size(options)

  @doc """
  Whether the asked node sees enough members for anything to be decided.

      iex> PaxosKV.Client.quorum()
      {:ok, true}
  """
  @spec quorum(options) :: {:ok, boolean} | {:error, reason}
  def quorum(options \\ []), do: :paxos_kv.quorum(options)

  @doc """
  Whether a node of the cluster answers.

      iex> PaxosKV.Client.ping()
      :pong
  """
  @spec ping(options) :: :pong | :pang
  def ping(options \\ []), do: :paxos_kv.ping(options)

  @doc """
  Changes how many members the cluster is to have, in steps of one, and goes as far
  as the nodes that are there allow: after `{:error, :refused}` ask for the size.

      iex> size = PaxosKV.Client.cluster_size!()
      iex> PaxosKV.Client.resize_cluster(size)
      :ok
  """
  @spec resize_cluster(pos_integer, options) :: :ok | {:error, reason}
  def resize_cluster(size, options \\ []), do: :paxos_kv.resize_cluster(size, options)

  @doc """
  Has `:quorum_reached` and `:quorum_lost` sent to a process of this node: the
  present state at once, as soon as there is one, and then each change.

      iex> PaxosKV.Client.subscribe()
      :ok
      iex> receive do
      ...>   state -> state
      ...> end
      :quorum_reached
  """
  @spec subscribe(pid) :: :ok | {:error, reason}
  def subscribe(pid \\ self()), do: :paxos_kv.subscribe(pid)

  @doc """
  Ends that.
  """
  @spec unsubscribe(pid) :: :ok | {:error, reason}
  def unsubscribe(pid \\ self()), do: :paxos_kv.unsubscribe(pid)

  @doc """
  Has the calling process told what `key` holds, and then of each change, in messages
  `{:paxos_kv, watch, event}`, until it ends or calls `unwatch/1`. The events:

    * `{:chosen, key, rev, value, ties}` - the key holds `value` from now on; `ties`
      are what it was put with, and `{:prev, rev}` where it replaced something
    * `{:erased, key, rev}` - all up to this rev is over, and the key holds nothing
    * `{:missed, key}` - something was left out: take the key for empty until told
      otherwise
    * `{:behind, key}` - word may come late from now on, up to `:current`
    * `{:current, key}` - all that was chosen before the watch began, or before the
      last `:missed` or `:behind`, has been told
    * `:closed` - the application stops, and this was the last

  When the node that tells goes, another does: that is `:behind`, then `:missed`.
  Options are `:bucket`, `:at` and `:timeout`.

      iex> PaxosKV.Client.put(:watched, 1)
      {:ok, 1}
      iex> {:ok, watch} = PaxosKV.Client.watch(:watched)
      iex> receive do
      ...>   {:paxos_kv, ^watch, {:chosen, :watched, _rev, value, _ties}} -> value
      ...> end
      1
      iex> PaxosKV.Client.unwatch(watch)
      :ok
  """
  @spec watch(key, options) :: {:ok, watch} | {:error, reason}
  def watch(key, options \\ []), do: :paxos_kv.watch(key, options)

  @doc """
  The same of all keys of a bucket. `:missed`, `:behind` and `:current` then come
  without a key, and after `:missed` all is to be forgotten: what holds is told anew,
  up to `:current`. `{:missed, key}` comes too, and what the key holds next.
  """
  @spec watch_all(options) :: {:ok, watch} | {:error, reason}
  def watch_all(options \\ []), do: :paxos_kv.watch_all(options)

  @doc """
  Ends a watch of the calling process, or what `lost/3` began. No message of it is
  left then.
  """
  @spec unwatch(watch) :: :ok
  def unwatch(watch), do: :paxos_kv.unwatch(watch)

  @doc """
  Has the calling process told once, by `{:paxos_kv, watch, {:lost, key, rev,
  reason}}`, as soon as nobody can vouch any more for what it has put. Call it right
  after the put, on the node of the process that the key is tied to. The reasons:

    * `:erased` - it is over
    * `:no_quorum` - so few members are connected to what it is tied to that it may
      be erased from now on
    * `:no_node` - no node of the store answers this one
    * `:closed` - the application stops

      iex> {:ok, owner} = Agent.start(fn -> :idle end)
      iex> {:ok, :me, rev} = PaxosKV.Client.put(:owned, :me, pid: owner, rev: true)
      iex> {:ok, watch} = PaxosKV.Client.lost(:owned, rev)
      iex> Agent.stop(owner)
      iex> receive do
      ...>   {:paxos_kv, ^watch, {:lost, :owned, ^rev, reason}} -> reason
      ...> end
      :erased
  """
  @spec lost(key, rev, options) :: {:ok, watch} | {:error, reason}
  def lost(key, rev, options \\ []), do: :paxos_kv.lost(key, rev, options)

  @doc """
  Waits until a node of the cluster sees a quorum.

      iex> PaxosKV.Client.wait_for_quorum(10_000)
      :ok
  """
  @spec wait_for_quorum(timeout) :: :ok | {:error, reason}
  def wait_for_quorum(timeout \\ 5000), do: :paxos_kv.wait_for_quorum(timeout)

  @doc "As `put/3`, but returns the value or raises `PaxosKV.Client.Error`."
  @spec put!(key, value, options) :: value
  def put!(key, value, options \\ []), do: put(key, value, options) |> ok!("put", key)

  @doc "As `get/2`, but returns the value or raises `PaxosKV.Client.Error`."
  @spec get!(key, options) :: value
  def get!(key, options \\ []), do: get(key, options) |> ok!("get", key)

  @doc "As `pid/2`, but returns the process or raises `PaxosKV.Client.Error`."
  @spec pid!(key, options) :: pid
  def pid!(key, options \\ []), do: pid(key, options) |> ok!("pid", key)

  @doc "As `node/2`, but returns the node or raises `PaxosKV.Client.Error`."
  @spec node!(key, options) :: node
  def node!(key, options \\ []), do: node(key, options) |> ok!("node", key)

  @doc "As `nodes/1`, but returns the nodes or raises `PaxosKV.Client.Error`."
  @spec nodes!(options) :: [node]
  def nodes!(options \\ []), do: nodes(options) |> ok!("nodes")

  @doc "As `cluster_size/1`, but returns the size or raises `PaxosKV.Client.Error`."
  @spec cluster_size!(options) :: pos_integer
  def cluster_size!(options \\ []), do: cluster_size(options) |> ok!("cluster_size")

  @doc "As `nodes_and_cluster_size/1`, but returns both or raises `PaxosKV.Client.Error`."
  @spec nodes_and_cluster_size!(options) :: {[node], pos_integer}
  def nodes_and_cluster_size!(options \\ []),
    do: nodes_and_cluster_size(options) |> ok!("nodes_and_cluster_size")

  @doc "As `quorum/1`, but returns a boolean or raises `PaxosKV.Client.Error`."
  @spec quorum!(options) :: boolean
  def quorum!(options \\ []), do: quorum(options) |> ok!("quorum")

  @doc "As `resize_cluster/2`, but raises `PaxosKV.Client.Error` when it fails."
  @spec resize_cluster!(pos_integer, options) :: :ok
  def resize_cluster!(size, options \\ []),
    do: resize_cluster(size, options) |> ok!("resize_cluster", size)

  @doc "As `wait_for_quorum/1`, but raises `PaxosKV.Client.Error` when it fails."
  @spec wait_for_quorum!(timeout) :: :ok
  def wait_for_quorum!(timeout \\ 5000), do: wait_for_quorum(timeout) |> ok!("wait_for_quorum")

  defp ok!({:ok, value}, _call), do: value
  defp ok!(:ok, _call), do: :ok
  defp ok!({:error, reason}, call), do: raise(Error, reason: reason, call: call)

  defp ok!(result, call, argument), do: ok!(result, "#{call} #{inspect(argument, limit: 20)}")

  # All but times is to Erlang as it is to Elixir. Erlang says what is no option.
  defp to_erlang([{:until, %DateTime{} = time} | options]),
    do: [{:until, DateTime.to_unix(time, :millisecond)} | to_erlang(options)]

  defp to_erlang([option | options]), do: [option | to_erlang(options)]
  defp to_erlang(options), do: options
end
