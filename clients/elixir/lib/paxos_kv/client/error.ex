defmodule PaxosKV.Client.Error do
  @moduledoc """
  What the functions of `PaxosKV.Client` with `!` raise.

  `:reason` is that of the error; see `PaxosKV.Client`.
  """

  defexception [:reason, :call]

  @type t :: %__MODULE__{reason: PaxosKV.Client.reason(), call: String.t()}

  @impl true
  def message(%{reason: {:bad_request, why}, call: call}), do: "#{call}: #{why}"
  def message(%{reason: reason, call: call}), do: "#{call}: #{inspect(reason)}"
end
