# Terms of every kind that Elixir has, put and read by plain calls of GenServer.
defmodule Terms.Lease do
  defstruct [:owner, until: :infinity, tags: []]
end

defmodule Terms.Error do
  defexception [:message, :code]
end

defmodule Terms do
  alias Terms.Lease
  require Record
  Record.defrecord(:point, x: 0, y: 0)

  # Terms that not every other node can make.
  def own do
    me = self()
    {:ok, agent} = Agent.start_link(fn -> 0 end)

    for {name, term} <- [
          self: me,
          agent: agent,
          ref: make_ref(),
          port: hd(Port.list()),
          monitor: Process.monitor(me),
          alias: :erlang.alias(),
          task: %Task{mfa: {Kernel, :self, 0}, owner: me, pid: me, ref: make_ref()},
          function: fn x -> x + 1 end,
          capture: &(&1 + 1),
          closure: (fn y -> fn x -> {x, y, me} end end).(%{me => [make_ref() | hd(Port.list())]}),
          stream: Stream.map(1..3, &(&1 * 2)),
          struct_of_all: %Lease{owner: me, until: make_ref(), tags: [fn -> me end]},
          map_by_own: %{me => 1, make_ref() => 2, fn -> 1 end => 3, hd(Port.list()) => 4},
          call: {:"$gen_call", {me, [:alias | make_ref()]}, :x},
          down: {:DOWN, make_ref(), :process, me, :noproc},
          # Two versions of Elixir make them of different terms.
          map_set: MapSet.new([1, 1.0, "a", :a]),
          empty_map_set: MapSet.new(),
          large_map_set: MapSet.new(1..1000),
          regex: ~r/a+/u,
          ast: quote(do: def(f(x), do: x + 1)),
          version_requirement: Version.parse_requirement!("~> 1.2")
        ],
        do: {:own, name, term}
  end

  # Terms that are the same on every node.
  def common do
    for {name, term} <- scalars() ++ texts() ++ lists() ++ maps() ++ structs() ++ functions(),
        do: {:common, name, term}
  end

  defp scalars do
    for(
      n <- [
        0,
        -1,
        255,
        256,
        2 ** 31,
        2 ** 59,
        2 ** 60,
        2 ** 63,
        -(2 ** 63) - 1,
        2 ** 64 - 1,
        2 ** 64,
        2 ** 2048
      ],
      do: {{:integer, n}, n}
    ) ++
      for(f <- [0.0, -0.0, 1.0, 1.5, 5.0e-324, 1.0e308], do: {{:float, inspect(f)}, f}) ++
      for(
        a <- [
          nil,
          true,
          false,
          :ok,
          :"",
          :"with space",
          :"Elixir",
          String,
          PaxosKV.Proposer,
          :"node1@127.0.0.1",
          :été,
          :"€",
          :"?!"
        ],
        do: {{:atom, a}, a}
      ) ++
      [
        longest_atom: String.to_atom(String.duplicate("😀", 255)),
        char: ?é,
        empty_tuple: {},
        nested: {{}, {{}}},
        record: point(x: 1)
      ]
  end

  defp texts do
    [
      empty: "",
      string: "text",
      utf8: "été € 😀",
      decomposed: "e\u0301",
      heredoc: """
      of two
      lines
      """,
      interpolated: "#{1 + 1}",
      raw: <<255, 254>>,
      zero: <<0>>,
      bits: <<1::3>>,
      more_bits: <<1, 2, 5::7>>,
      empty_charlist: ~c"",
      charlist: ~c"abc",
      charlist_utf8: ~c"été €",
      charlist_long: List.duplicate(?x, 65_536),
      words: ~w(a b c),
      word_atoms: ~w(a b c)a,
      sigil: ~S(no #{interpolation}),
      megabyte: String.duplicate("0123456789abcdef", 65_536),
      iodata: ["a", [?b | "c"]],
      slice: binary_part(String.duplicate("x", 1000), 3, 7)
    ]
  end

  defp lists do
    [
      empty_list: [],
      list: [1, 2, 300],
      improper: [1 | 2],
      improper_strings: ["a" | "b"],
      keyword: [a: 1, b: 2],
      keyword_twice: [a: 1, a: 2],
      nested_keyword: [a: [b: [c: []]]],
      mixed: [1, 1.0, "1", :"1", ~c"1", {1}, %{1 => 1}],
      numbers: Enum.to_list(1..70_000),
      deep: Enum.reduce(1..1000, [], fn _, t -> [t] end),
      deep_tuple: Enum.reduce(1..1000, {}, fn _, t -> {t} end),
      options: [strategy: :one_for_one, name: Some.Name]
    ]
  end

  defp maps do
    [
      empty_map: %{},
      atoms: %{a: 1},
      strings: %{"a" => 1},
      both: %{:a => 1, "a" => 2, ~c"a" => 3},
      by_tuple: %{{1, 2} => 3},
      by_list: %{[a: 1] => 1, [1 | 2] => 2},
      by_map: %{%{} => %{}},
      by_struct: %{%Lease{} => 1, ~D[2024-02-29] => 2},
      by_numbers: %{1 => 1, 1.0 => 2},
      by_bits: %{<<1::1>> => 1},
      by_nil: %{nil => 1, [] => 2, "" => 3, {} => 4},
      by_range: %{(1..3) => 1},
      by_function: %{&Enum.map/2 => 1},
      json: %{"list" => [1, 2.5, nil, true], "object" => %{"deep" => %{"er" => []}}},
      many: Map.new(1..5000, &{&1, -&1}),
      many_strings: Map.new(1..1000, &{"key #{&1}", &1}),
      deep_map: Enum.reduce(1..1000, %{}, fn _, t -> %{"deeper" => t} end)
    ]
  end

  defp structs do
    [
      struct: %Lease{owner: "me"},
      nested_struct: %Lease{owner: %Lease{owner: %Lease{}}},
      error: %Terms.Error{message: "no", code: 1},
      built_in_error: %ArgumentError{},
      range: 1..10,
      range_step: 10..1//-3,
      empty_range: 1..0//1,
      date: ~D[2024-02-29],
      time: ~T[23:59:59.999999],
      naive: ~N[2024-02-29 23:59:59],
      utc: ~U[2024-02-29 23:59:59.123Z],
      date_range: Date.range(~D[2024-01-01], ~D[2024-12-31]),
      uri: URI.parse("http://user@host:80/path?query#fragment"),
      version: Version.parse!("1.2.3-rc.1+build"),
      child_spec: Supervisor.child_spec({Agent, fn -> 0 end}, id: :a) |> Map.delete(:start)
    ]
  end

  defp functions,
    do: [
      capture_remote: &Enum.map/2,
      capture_own: &Terms.common/0,
      capture_erlang: &:lists.map/2,
      mfa: {Enum, :map, 2}
    ]

  # Puts each term as key and as value on a node; puts another value for it; reads
  # it. All return those for which the answer was not the very term.
  def put(terms, node, server, bucket),
    do: wrong(terms, server, node, &{:put, &1, &1, [bucket: bucket, timeout: 30_000]})

  def put_other(terms, node, server, bucket),
    do: wrong(terms, server, node, &{:put, &1, {:other, &1}, [bucket: bucket, timeout: 30_000]})

  def get(terms, node, server, bucket),
    do: wrong(terms, server, node, &{:get, &1, [bucket: bucket, timeout: 30_000]})

  defp wrong(terms, server, node, request) do
    for {kind, name, term} <- terms,
        answer = GenServer.call({server, node}, request.(term), 60_000),
        not same?(kind, answer, {:ok, term}),
        do: {kind, name, inspect(answer, limit: 20)}
  end

  # It is ===, and more: to OTP 25 0.0 === -0.0. What is no part of a term shows in
  # its encoding: the process that made a function.
  defp same?(:own, a, b), do: a === b

  defp same?(:common, a, b),
    do:
      a === b and
        :erlang.term_to_binary(a, [:deterministic]) ===
          :erlang.term_to_binary(b, [:deterministic])
end
