# Evaluates expressions: each line of standard input is one, in base64, and each
# answer a line that begins with @@. It ends with its input.
defmodule Driver do
  def loop(bindings) do
    case IO.read(:stdio, :line) do
      :eof ->
        System.halt(0)

      line ->
        {text, bindings} = line |> String.trim() |> Base.decode64!() |> eval(bindings)
        IO.puts("@@ " <> Base.encode64(text))
        loop(bindings)
    end
  end

  defp eval(text, bindings) do
    {value, bindings} = Code.eval_string(text, bindings)
    {inspect(value, limit: :infinity, printable_limit: :infinity), bindings}
  catch
    kind, reason -> {"FAILED " <> Exception.format(kind, reason, __STACKTRACE__), bindings}
  end
end

IO.puts("@@ ready")
Driver.loop([])
