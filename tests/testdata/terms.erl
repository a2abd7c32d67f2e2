%% Terms of every kind, put and read by plain calls of gen_server.
-module(terms).
-export([own/0, common/0, put/4, put_other/4, get/4, refused/2]).

-record(lease, {owner, until = infinity, tags = [] :: [atom()]}).

%% own/0 are terms that no other node can make.
own() ->
    Me = self(),
    [{own, Name, Term} || {Name, Term} <- [
        {self, Me},
        {pid_of_the_system, whereis(init)},
        {pid_with_a_large_id, lists:last(pids(300))},
        {ref, make_ref()},
        {refs, [make_ref() || _ <- lists:seq(1, 100)]},
        {alias, alias()},
        {monitor, monitor(process, Me)},
        {monitor_with_alias, monitor(process, Me, [{alias, explicit_unalias}])},
        {port, hd(erlang:ports())},
        {ports, erlang:ports()},
        {closure, fun(X) -> X + 1 end},
        {closure_that_holds_this, (fun(Y) -> fun(X) -> {X, Y} end end)(#{Me => [make_ref() | hd(erlang:ports())]})},
        {closure_in_a_closure, (fun(Y) -> fun() -> Y end end)(fun(X) -> {X, Me} end)},
        {evaluated_fun, element(2, erl_eval:expr(parsed("fun(X) -> {X, a} end"), []))},
        {large_closure, (fun(Y) -> fun() -> Y end end)(binary:copy(<<1>>, 70000))},
        {call, {'$gen_call', {Me, [alias | make_ref()]}, {put, k, v, []}}},
        {call_of_old, {'$gen_call', {Me, make_ref()}, x}},
        {reply, {make_ref(), ok}},
        {reply_by_alias, {[alias | alias()], ok}},
        {down, {'DOWN', make_ref(), process, Me, noproc}},
        {exit, {'EXIT', Me, normal}},
        {map_by_pid_ref_port_and_fun, #{Me => 1, make_ref() => 2, hd(erlang:ports()) => 3, fun(X) -> X end => 4}}
    ]].

pids(N) -> [spawn(fun() -> ok end) || _ <- lists:seq(1, N)].

parsed(Text) ->
    {ok, Tokens, _} = erl_scan:string(Text ++ "."),
    {ok, [Expression]} = erl_parse:parse_exprs(Tokens),
    Expression.

%% common/0 are terms that are the same on every node.
common() ->
    [{common, Name, Term} || {Name, Term} <- numbers() ++ atoms() ++ binaries() ++ lists() ++ tuples() ++ maps() ++ ids() ++ funs()].

numbers() ->
    [{{integer, N}, N} || N <-
        [0, 1, -1, 127, 128, 255, 256, -255, -256, 65535, 65536] ++
        [S * ((1 bsl B) + D) || B <- [27, 28, 31, 32, 59, 60, 63, 64, 128], S <- [1, -1], D <- [-1, 0, 1]]] ++
    [{{integer_of_bytes, Bytes, S}, S * ((1 bsl (8 * Bytes)) - 1)} || Bytes <- [253, 254, 255, 256, 257], S <- [1, -1]] ++
    [{{power, Bits}, 1 bsl Bits} || Bits <- [8 * 254, 8 * 255 - 1, 8 * 255, 8 * 256, 5000, 100000]] ++
    [{{negative_power, Bits}, -(1 bsl Bits)} || Bits <- [8 * 255, 5000]] ++
    [{{float, F}, F} || F <- [0.0, zero(-1), 1.0, -1.0, 1.5, 0.1, 1.0e308, -1.0e308, 1.0e-308, 5.0e-324, 1.7976931348623157e308,
                              9007199254740993.0, 255.0, 1.0e22]] ++
    [{mixed, [1, 1.0, -1, -1.0, 0, 0.0, zero(-1), 1 bsl 64]}].

%% Not a literal: the compiler of OTP 25 takes -0.0 for 0.0 where both are.
zero(Sign) ->
    <<F/float>> = case Sign of -1 -> <<1:1, 0:63>>; 1 -> <<0:64>> end,
    F.

atoms() ->
    Chars = [$a, 16#E9, 16#20AC, 16#1F600],
    [{{atom, A}, A} || A <- [a, '', 'with space', 'CamelCase', true, false, nil, undefined, infinity, 'quote\'s', '\0', '\n',
                             'Elixir.PaxosKV.Proposer', '$gen_call', 'node1@127.0.0.1', ok, error, put, 'ÿ', 'été', '€']] ++
    [{{atom, C, N}, list_to_atom(lists:duplicate(N, C))} || C <- Chars, N <- [1, 254, 255]] ++
    [{atom_of_decomposed_letters, list_to_atom([$e, 16#301])}].

binaries() ->
    [{empty_binary, <<>>}, {bytes, <<1, 2, 3>>}, {text, <<"text">>}, {utf8, <<"été €"/utf8>>}, {not_utf8, <<255, 254>>},
     {zeros, <<0, 0>>}, {looks_like_a_term, <<131, 119, 1, $a>>}, {looks_like_a_compressed_one, <<131, 80, 0, 0, 0, 2, (zlib:compress(<<97, 1>>))/binary>>},
     {megabyte, binary:copy(<<"0123456789abcdef">>, 65536)},
     {part_of_a_larger_one, binary:part(binary:copy(<<"x">>, 1000), 3, 7)},
     {aligned, <<1:3, 5:13>>}, {shifted, begin <<_:3, Rest/bits>> = <<1, 2, 3, 4:4>>, Rest end}] ++
    [{{bits, N}, <<255:N>>} || N <- lists:seq(1, 7)] ++
    [{{bits_after_a_byte, N}, <<7, 0:N>>} || N <- lists:seq(1, 7)] ++
    [{long_bitstring, <<0:1000001>>}].

lists() ->
    [{nil, []}, {nil_in_nil, [[]]}, {nils, [[], [], [[]]]}, {list, [1, 2, 3]}, {string, "abc"}, {charlist, [$a, 16#20AC]},
     {bytes_and_more, [1, 2, 300]}, {negative, [-1]}, {one, [a]}, {zero_byte, [0]}, {improper, [a | b]}, {improper_bytes, [1, 2 | 3]},
     {improper_list_in_one, [[a | b] | c]}, {improper_with_binary, [<<"a">> | <<"b">>]}, {improper_tail_map, [1 | #{}]},
     {iolist, ["a", [<<"b">>, $c | <<"d">>]]}, {proplist, [a, {b, 1}, {c, [d, {e, f}]}]},
     {same_twice, [x, x]}, {unicode_string, "été €"}, {many, lists:seq(1, 70000)}, {many_atoms, lists:duplicate(70000, a)}] ++
    [{{string, N}, lists:duplicate(N, $s)} || N <- [255, 256, 65534, 65535, 65536]] ++
    [{{string_with_a_tail, N}, lists:duplicate(N, $s) ++ tail} || N <- [1, 65535]] ++
    [{{nested_lists, N}, nest(fun(T) -> [T] end, [], N)} || N <- [100, 1000]].

tuples() ->
    [{empty_tuple, {}}, {tuple_of_nothing, {{}}}, {pair, {a, 1}}, {mixed_tuple, {ok, [{<<"k">>, 1.0, [x | y], <<1:1>>, #{<<"z">> => {}}}]}},
     {record, #lease{owner = <<"me">>}}, {record_with_all, #lease{owner = 'n@h', until = 1 bsl 40, tags = [a, b]}},
     {date, {{2024, 2, 29}, {23, 59, 59}}}, {request, {put, key, value, [{timeout, 5000}]}}, {get_request, {get, key, []}},
     {cast, {'$gen_cast', x}}, {ok_tuple, {ok, v}}, {error_tuple, {error, not_found}}] ++
    [{{tuple, N}, list_to_tuple(lists:seq(1, N))} || N <- [255, 256, 300, 10000]] ++
    [{{nested_tuples, N}, nest(fun(T) -> {T} end, {}, N)} || N <- [100, 1000]].

maps() ->
    [{empty_map, #{}}, {map_by_atom, #{a => 1}}, {map_by_binary, #{<<"b">> => 1}}, {map_by_string, #{"str" => [1 | 2]}},
     {map_by_tuple, #{{1, 2} => 3}}, {map_by_list, #{[a] => 1}}, {map_by_map, #{#{} => #{}}}, {map_by_map_with_list, #{#{[a | b] => 1} => 2}},
     {map_by_float, #{1.0 => a}}, {map_by_numbers, #{1 => a, 1.0 => b, -1 => c, (1 bsl 64) => d, -1.0e10 => e}},
     {map_by_nil, #{[] => a, {} => b, <<>> => c, '' => d}}, {map_by_bitstring, #{<<1:3>> => 1}}, {map_by_improper, #{[a | b] => 1}},
     {map_by_export, #{fun lists:map/2 => 1}}, {map_of_maps, #{a => #{b => #{c => #{}}}}},
     {map_by_all, #{a => 1, 1 => 1, 1.5 => 1, <<"a">> => 1, "a" => 1, {a} => 1, [a] => 1, #{a => a} => 1, <<1:1>> => 1, [] => 1}},
     {map_as_of_json, #{<<"list">> => [1, 2.5, null, true], <<"object">> => #{<<"deep">> => #{<<"er">> => []}}}}] ++
    [{{map, N}, maps:from_list([{I, -I} || I <- lists:seq(1, N)])} || N <- [31, 32, 33, 100, 5000]] ++
    [{map_by_binaries, maps:from_list([{integer_to_binary(I), {I}} || I <- lists:seq(1, 1000)])},
     {nested_maps, nest(fun(T) -> #{T => T} end, #{}, 12)},
     {nested_map_values, nest(fun(T) -> #{<<"deeper">> => T} end, #{}, 1000)}].

%% Identifiers of nodes that are not there, in the forms of older and newer nodes.
ids() ->
    [{Name, binary_to_term(<<131, B/binary>>)} || {Name, B} <- [
        {old_pid, <<103, (node_atom())/binary, 7:32, 8:32, 3>>},
        {pid, <<88, (node_atom())/binary, 7:32, 8:32, 3:32>>},
        {pid_of_large_numbers, <<88, (node_atom())/binary, 16#FFFFFFFF:32, 16#FFFFFFFF:32, 16#FFFFFFFF:32>>},
        {old_ref, <<114, 3:16, (node_atom())/binary, 3, 1:32, 2:32, 3:32>>},
        {ref, <<90, 3:16, (node_atom())/binary, 16#ABCDEF01:32, 1:32, 2:32, 3:32>>},
        {ref_of_one_word, <<90, 1:16, (node_atom())/binary, 3:32, 1:32>>},
        {ref_of_five_words, <<90, 5:16, (node_atom())/binary, 3:32, 1:32, 2:32, 3:32, 4:32, 5:32>>},
        {ref_with_zeros, <<90, 5:16, (node_atom())/binary, 3:32, 1:32, 0:32, 3:32, 4:32, 0:32>>},
        {old_port, <<102, (node_atom())/binary, 7:32, 3>>},
        {port, <<89, (node_atom())/binary, 9:32, 3:32>>},
        {port_of_a_large_number, <<120, (node_atom())/binary, 16#123456789:64, 3:32>>},
        {pid_of_a_utf8_node, <<88, 119, 7, "é@h€"/utf8, 1:32, 0:32, 3:32>>}
    ]].

node_atom() -> <<119, 8, "far@host">>.

funs() ->
    [{export, fun lists:map/2}, {export_of_nothing, fun no_module:no_function/255}, {export_of_utf8, fun 'é':'€'/0},
     {exports, [fun erlang:node/0, fun erlang:node/1]}, {export_of_bif, fun erlang:'+'/2}].

nest(_, T, 0) -> T;
nest(F, T, N) -> nest(F, F(T), N - 1).

%% put/4 puts each term as key and as value on a node, put_other/4 puts another
%% value for it, get/4 reads it; all return those for which the answer was not the
%% very term.
put(Terms, Node, Proposer, Bucket) ->
    wrong(Terms, Proposer, Node, fun(T) -> {put, T, T, [{bucket, Bucket}, {timeout, 30000}]} end).

put_other(Terms, Node, Proposer, Bucket) ->
    wrong(Terms, Proposer, Node, fun(T) -> {put, T, {other, T}, [{bucket, Bucket}, {timeout, 30000}]} end).

get(Terms, Node, Learner, Bucket) ->
    wrong(Terms, Learner, Node, fun(T) -> {get, T, [{bucket, Bucket}, {timeout, 30000}]} end).

wrong(Terms, Server, Node, Request) ->
    [{Kind, Name, shown(Answer)} || {Kind, Name, Term} <- Terms, Answer <- [call(Server, Node, Request(Term))],
                                    not same(Kind, Answer, {ok, Term})].

call(Server, Node, Request) -> gen_server:call({Server, Node}, Request, 60000).

%% same/3 is =:=, and more: to OTP 25 0.0 =:= -0.0. What is no part of a term shows
%% in its encoding: words of zero at the end of a reference, and the process that
%% made a closure, in the place of which OTP 27 puts one of its own.
same(own, A, B) ->
    A =:= B;
same(common, {ok, A}, {ok, B}) ->
    A =:= B andalso (is_reference(B) orelse term_to_binary(A, [deterministic]) =:= term_to_binary(B, [deterministic]));
same(common, _, _) ->
    false.

shown(Answer) -> unicode:characters_to_binary(io_lib:format("~0tP", [Answer, 20])).

%% refused/2 are the answers to a key and a value that are nested too deeply.
refused(Node, Proposer) ->
    Deep = nest(fun(T) -> [T] end, [], 5000),
    [call(Proposer, Node, Request) || Request <- [{put, Deep, v, []}, {put, k, Deep, []}]].
