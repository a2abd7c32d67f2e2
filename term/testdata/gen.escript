#!/usr/bin/env escript
%% Writes the tables that the tests compare this package with: what a real Erlang
%% says. Run with OTP 25: ERL_FLAGS="+pc unicode" escript gen.escript
%% The seed is fixed; -0.0 does not occur, because only OTP 27 tells it from 0.0.
-mode(compile).

main(_) ->
    rand:seed(exsss, {2, 7, 2025}),
    write("equal.txt", equal(1000)),
    write("refused.txt", refused(350)),
    write("print.txt", print(450)),
    write("parse.txt", parse()).

write(Name, Lines) ->
    ok = file:write_file(Name, unicode:characters_to_binary([[L, $\n] || L <- Lines])).

b64(B) -> base64:encode_to_string(B).
pick(L) -> lists:nth(rand:uniform(length(L)), L).
u(N) -> rand:uniform(N) - 1.

%% --- Encodings and their classes: two lines have one class when =:= holds. ---
equal(N) ->
    Encs = lists:usort(special() ++ [<<131, (gen(pick([0, 1, 1, 2, 2, 2, 3])))/binary>> || _ <- lists:seq(1, N)]),
    Again = [term_to_binary(binary_to_term(E), [{minor_version, pick([0, 1, 2])}]) || E <- Encs, u(2) =:= 0],
    Encs2 = Encs ++ Again ++ [compressed(E) || E <- Encs, u(40) =:= 0],
    {Lines, _} = lists:mapfoldl(fun(E, Classes) ->
        T = binary_to_term(E),
        case [C || {X, C} <- Classes, X =:= T] of
            [C] -> {[integer_to_list(C), $\s, b64(E)], Classes};
            [] -> C = length(Classes) + 1, {[integer_to_list(C), $\s, b64(E)], Classes ++ [{T, C}]}
        end end, [], Encs2),
    Lines.

compressed(<<131, T/binary>>) ->
    Z = zlib:compress(T), <<131, 80, (byte_size(T)):32, Z/binary>>.

special() ->
    Refs = [<<131, 90, (length(Ws)):16, 119, 3, "a@b", 7:32, (<< <<W:32>> || W <- Ws >>)/binary>>
            || Ws <- [[1], [1,0], [1,0,0], [1,0,0,0], [1,0,0,0,0], [1,2,3], [1,2,3,0], [1,2,3,0,0],
                      [1,2,3,4], [1,2,3,4,0], [1,2,3,4,5], [1,2,3,0,5], [1,2], [1,2,0], [2,0,0]]],
    Nums = [<<131, 110, 4, 0, N:32/little>> || N <- [0, 255, 256, 16#7fffffff, 16#80000000]] ++
           [<<131, 110, 5, 1, N:40/little>> || N <- [0, 1, 16#7fffffff, 16#80000000, 16#80000001]] ++
           [<<131, 110, 8, S, 0:56, 128>> || S <- [0, 1]] ++ [term_to_binary(1 bsl 2100)] ++
           [<<131, 111, 300:32, 0, 1, 0:(299*8)>>] ++
           [<<131, 98, N:32>> || N <- [0, 255, 256, 16#7fffffff, 16#80000000, 16#ffffffff]],
    Atoms = [<<131, T, (byte_size(A)):S, A/binary>> || A <- [<<>>, <<"true">>, <<"x">>, <<195,165>>],
             {T, S} <- [{118,16}, {119,8}]] ++
            [<<131, T, (byte_size(A)):S, A/binary>> || A <- [<<>>, <<"true">>, <<"x">>, <<229>>], {T, S} <- [{100,16}, {115,8}]],
    Refs ++ Nums ++ Atoms.

gen(0) -> F = pick([fun int/0, fun int/0, fun atom/0, fun float/0, fun str/0, fun bin/0, fun id/0, fun nil/0]), F();
gen(D) ->
    case u(8) of
        0 -> tuple(D); 1 -> list(D); 2 -> improper(D); 3 -> maps(D); 4 -> tuple(D); 5 -> list(D);
        _ -> gen(0)
    end.

nil() -> pick([<<106>>, <<107, 0:16>>, <<108, 0:32, 106>>]).
int() ->
    N = pick([0, 1, 2, 97, 98, 255, 256, -1, -256, 16#7fffffff, 16#80000000, -16#80000000, -16#80000001,
              1 bsl 60, (1 bsl 64) - 1, 1 bsl 64, -(1 bsl 63), -(1 bsl 63) - 1]),
    enc_int(N).
enc_int(N) ->
    Abs = abs(N), S = if N < 0 -> pick([1, 1, 2]); true -> 0 end,
    L = byte_size(binary:encode_unsigned(Abs)) + pick([0, 0, 1]),
    Forms = [<<97, N>> || N >= 0, N < 256] ++ [<<98, N:32>> || N >= -16#80000000, N =< 16#7fffffff] ++
        [<<110, L, S, Abs:(8*L)/little>>, <<111, L:32, S, Abs:(8*L)/little>>],
    pick(Forms ++ [hd(Forms)]).
atom() -> enc_atom(pick(["a", "b", "", "true", "false", [229], [229, 228], "Ã¥", "x y"])).
enc_atom(A) ->
    L = list_to_binary(A), U = unicode:characters_to_binary(A),
    pick([<<119, (byte_size(U)), U/binary>>, <<118, (byte_size(U)):16, U/binary>>,
          <<115, (byte_size(L)), L/binary>>, <<100, (byte_size(L)):16, L/binary>>]).
float() ->
    F = pick([0.0, 1.0, 2.0, 97.0, 1.5, -1.0, 1.0e22, 0.1, 1.0e-7]),
    Text = list_to_binary(string:pad(io_lib:format("~.20e", [F]), 31, trailing, 0)),
    pick([<<70, F/float>>, <<70, F/float>>, <<99, Text:31/binary>>]).
chars() -> pick(["a", "b", "ab", [1], [97, 98, 255]]).
str() -> S = list_to_binary(chars()), pick([<<107, (byte_size(S)):16, S/binary>>,
    <<108, (byte_size(S)):32, (<< <<97, C>> || <<C>> <= S >>)/binary, 106>>]).
bin() ->
    B = pick([<<>>, <<"a">>, <<"ab">>, <<5>>, <<160>>]), N = byte_size(B),
    pick([<<109, N:32, B/binary>>] ++ [<<77, N:32, (pick([8, 8, 3, 1, 4, 7])), B/binary>> || N > 0]).
node_() -> enc_atom(pick(["a@b", "a@c"])).
id() ->
    Cre = pick([0, 3, 3, 7]), I = pick([1, 1, 2, 16#0fffffff, 16#ffffffff]), S = pick([0, 1, 70000]),
    Ws = pick([[1,2,3], [1,2,3], [1,2,0], [1,2], [1], [1,2,3,4,5], [1,2,3,0,0]]),
    Wb = << <<W:32>> || W <- Ws >>, N = node_(), A = atom(), B = atom(),
    Free = pick([[], [<<97, 1>>], [<<98, 1:32>>], [<<106>>, <<107, 1:16, "a">>]]),
    Fun = <<1, (pick([5, 6])):128, (pick([1, 2])):32, (length(Free)):32, A/binary, 97, 1,
            (pick([<<97, 77>>, <<98, 77:32>>, <<98, 78:32>>]))/binary,
            (<<88, N/binary, I:32, S:32, Cre:32>>)/binary, (iolist_to_binary(Free))/binary>>,
    FunE = <<112, (4 + byte_size(Fun)):32, Fun/binary>>,
    pick([<<88, N/binary, I:32, S:32, Cre:32>>, <<103, N/binary, I:32, S:32, (Cre band 3)>>,
          <<89, N/binary, I:32, Cre:32>>, <<102, N/binary, I:32, (Cre band 3)>>, <<120, N/binary, I:64, Cre:32>>,
          <<90, (length(Ws)):16, N/binary, Cre:32, Wb/binary>>, <<114, (length(Ws)):16, N/binary, (Cre band 3), Wb/binary>>,
          <<101, N/binary, 1:32, (Cre band 3)>>, <<113, A/binary, B/binary, 97, (pick([0, 1]))>>,
          FunE, FunE]).
some(D) -> [gen(D - 1) || _ <- lists:seq(1, u(3) + 1)].
tuple(D) -> Es = some(D), N = length(Es), B = iolist_to_binary(Es), pick([<<104, N, B/binary>>, <<105, N:32, B/binary>>]).
list(D) -> Es = some(D), Tail = pick([fun nil/0, fun nil/0, fun nil/0, fun() -> list(max(D - 1, 1)) end, fun str/0]),
    <<108, (length(Es)):32, (iolist_to_binary(Es))/binary, (Tail())/binary>>.
improper(D) -> Es = some(D), <<108, (length(Es)):32, (iolist_to_binary(Es))/binary, (gen(D - 1))/binary>>.
maps(D) ->
    Ps = lists:foldl(fun(K, Acc) ->
        T = binary_to_term(<<131, K/binary>>),
        case lists:any(fun({X, _}) -> X =:= T end, Acc) of true -> Acc; false -> [{T, <<K/binary, (gen(D - 1))/binary>>} | Acc] end
        end, [], some(D)),
    Sh = [P || {_, P} <- lists:sort([{rand:uniform(), P} || {_, P} <- Ps])],
    <<116, (length(Sh)):32, (iolist_to_binary(Sh))/binary>>.

%% --- Damaged encodings, and whether binary_to_term takes them whole. ---
refused(N) ->
    [begin
        E = damage(<<131, (gen(2))/binary>>),
        V = try binary_to_term(E, [used]) of {_, U} when U =:= byte_size(E) -> "ok"; _ -> "rest" catch _:_ -> "bad" end,
        [V, $\s, b64(E)]
     end || _ <- lists:seq(1, N)].
damage(B) ->
    P = u(byte_size(B) - 1) + 1, <<A:P/binary, C, R/binary>> = B,
    case u(4) of
        0 -> <<A/binary, R/binary>>;
        1 -> <<A/binary, (u(256)), R/binary>>;
        2 -> <<A/binary, C, (u(130)), R/binary>>;
        3 -> <<A/binary, (C bxor (1 bsl u(8))), R/binary>>
    end.

%% --- What ~0tp prints. ---
print(N) ->
    Fixed = [[], "abc", "å", "日本", [0], [127], [128], [160], [8,9,10,11,12,13,27], "\"\\'", 'a b', 'A', '', 'end', 'åäö', '日本', 'it\'s',
        'a@b', '_x', 'a\nb', 'x\x{7f}y', 'x\x{80}', 'x\x{3b1}', '\\', 'fun', 'ok', 'true', 'nil', '1a', 'a-b', 'Éa', 'ß', '÷', 'a×', aÀ,
        <<>>, <<"abc">>, <<"å"/utf8>>, <<"å">>, <<"日本"/utf8>>, <<195,165,255>>, <<0>>, <<127>>, <<"a\n"/utf8>>, <<1:3>>, <<"ab",1:1>>, <<255,7:4>>,
        <<"\"">>, <<160>>, <<"é\x{80}"/utf8>>, <<"α\n\""/utf8>>, <<195,40>>, <<237,160,128>>,
        {}, {a}, #{}, #{a => 1}, #{b => 1, a => 2, 1 => x, 1.0 => y, "s" => t, <<"b">> => u, [] => v, {} => w, #{} => q},
        [a|b], [1,2|3], [97|b], ["abc"|d], fun lists:map/2, fun 'A':'b c'/0, [[]], [[[]]], "a\tb", [55296], [65534], [65535], [65533], [1114111], [1114112],
        -1, 1 bsl 70, -(1 bsl 70), #{[1] => [1|2], [] => [[]]}, #{[1|2] => 1, [1] => 2, [1,2] => 3}],
    Floats = [1.0, 0.0, 0.1, 1.0e10, 123456789.0, 1.0e22, 1.0e23, 1.5e300, 1.0e-5, 0.001, 0.0001, 1.0e-4, 12345.678, 1.0e15, 1.0e16, 9007199254740992.0,
        9007199254740991.0, 1.0e5, 100.0, 1000.0, 10000.0, 123456.0e3, 5.0e-324, 1.7976931348623157e308, -2.5, 0.00012, 1.2e-3, 1.23e20],
    Rnd = [begin <<F/float>> = <<(u(2)):1, (1023 + u(160) - 80):11, (rand:uniform(1 bsl 52) - 1):52>>, F end || _ <- lists:seq(1, 80)] ++
        [u(100000) / pick([1, 10, 100, 1000, 1000000, 1.0e10]) + 0.0 || _ <- lists:seq(1, 60)] ++
        [u(1000) * math:pow(10, u(30)) + 0.0 || _ <- lists:seq(1, 40)],
    Terms = Fixed ++ Floats ++ Rnd ++ [T || T <- [pgen(3) || _ <- lists:seq(1, N)], T =/= []],
    [[b64(term_to_binary(T)), $\s, io_lib:format("~0tp", [T])] || T <- lists:usort(fun(A, B) -> term_to_binary(A) =< term_to_binary(B) end, Terms)].

pgen(0) -> F = pick([fun() -> u(300) - 20 end, fun() -> [pick([32, 97, 10, 229, 26085, 0, 127, 160, 1114111]) || _ <- lists:seq(1, u(5))] end,
    fun() -> list_to_binary([pick([32, 97, 10, 229, 195, 165, 34, 92]) || _ <- lists:seq(1, u(5))]) end,
    fun() -> unicode:characters_to_binary([pick([32, 97, 229, 26085, 34, 129]) || _ <- lists:seq(1, u(4))]) end,
    fun() -> list_to_atom([pick([97, 65, 95, 64, 229, 26085, 32, 39, 49]) || _ <- lists:seq(1, u(4))]) end,
    fun() -> pick([1.5, 2.0e30, -1.0]) end]), F();
pgen(D) -> case u(6) of
    0 -> list_to_tuple(pmany(D)); 1 -> pmany(D); 2 -> pmany(D) ++ pgen(0);
    3 -> maps:from_list([{pgen(D - 1), pgen(D - 1)} || _ <- pmany(1)]);
    _ -> pgen(0) end.
pmany(D) -> [pgen(D - 1) || _ <- lists:seq(1, u(4))].

%% --- What erl_scan and erl_parse make of a text. ---
parse() ->
    {ok, Bin} = file:read_file("inputs.txt"),
    [begin
        V = try
            {ok, Toks, _} = erl_scan:string(unescape(L) ++ "\n."),
            {ok, T} = erl_parse:parse_term(Toks),
            b64(term_to_binary(T))
        catch _:_ -> "error" end,
        [V, $\s, L]
     end || L <- string:split(string:trim(unicode:characters_to_list(Bin), trailing, "\n"), "\n", all)].
%% A line break in an input is written as the sign for one.
unescape(L) -> [case C of 16#2424 -> $\n; _ -> C end || C <- L].
