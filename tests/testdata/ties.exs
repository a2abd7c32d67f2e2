# Processes that put keys tied to themselves, and wait.
defmodule Ties do
  def many(n, servers, tag, value) do
    1..n
    |> Enum.chunk_every(500)
    |> Enum.flat_map(fn wave ->
      wave
      |> Enum.map(fn i -> {i, Task.async(fn -> tied(Enum.at(servers, rem(i, length(servers))), {tag, i}, value) end)} end)
      |> Enum.map(fn {_, task} -> Task.await(task, :infinity) end)
    end)
  end

  # tied starts a process that puts a key for itself, and returns it.
  defp tied(server, key, value) do
    me = self()

    {pid, ref} =
      spawn_monitor(fn ->
        options = [{:pid, self()}, {:timeout, 60_000}]
        {:ok, ^value} = GenServer.call(server, {:put, key, value, options}, :infinity)
        send(me, {:told, self()})

        receive do
          {:stop, reason} -> exit(reason)
        end
      end)

    receive do
      {:told, ^pid} ->
        Process.demonitor(ref, [:flush])
        pid

      {:DOWN, ^ref, :process, ^pid, reason} ->
        raise inspect(reason)
    end
  end

  def stop(pids, reason) do
    Enum.each(pids, &send(&1, {:stop, reason}))
    length(pids)
  end
end
