defmodule PaxosKV.Client.Names do
  @moduledoc """
  Names of processes, one for the whole cluster and all that use it.

      iex> name = {:via, PaxosKV.Client.Names, :counter}
      iex> {:ok, counter} = Agent.start(fn -> 1 end, name: name)
      iex> Agent.get(name, & &1)
      1
      iex> Agent.start(fn -> 2 end, name: name) == {:error, {:already_started, counter}}
      true
      iex> Agent.stop(name)
      :ok

  A name goes with its process, or with the node of that. While there is no quorum
  nobody is registered, and nobody found: the start of a process then fails with
  `{:paxos_kv, reason}`.
  """

  @doc """
  Registers a process, for `:via`.
  """
  @spec register_name(term, pid) :: :yes | :no
  defdelegate register_name(name, pid), to: :paxos_kv_names

  @doc """
  Takes a name from whatever process has it.
  """
  @spec unregister_name(term) :: :ok | {:error, PaxosKV.Client.reason() | :nodedown}
  defdelegate unregister_name(name), to: :paxos_kv_names

  @doc """
  The process of a name.
  """
  @spec whereis_name(term) :: pid | :undefined
  defdelegate whereis_name(name), to: :paxos_kv_names

  @doc """
  Sends a message to the process of a name, and returns the process. It exits if
  there is none.
  """
  @spec send(term, message) :: pid when message: term
  defdelegate send(name, message), to: :paxos_kv_names
end
