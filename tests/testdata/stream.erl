%% Puts numbers one after the other, each under a key of its own.
-module(stream).
-export([start/1, stop/1]).

start(Name) ->
    true = register(Name, spawn(fun() -> put(Name, 0, []) end)),
    ok.

put(Name, N, Bad) ->
    receive {stop, From} -> From ! {Name, N, Bad}
    after 0 ->
        case paxos_kv:put({Name, N}, N, [], 20000) of
            {ok, N} -> put(Name, N + 1, Bad);
            Other -> put(Name, N + 1, [{N, Other} | Bad])
        end
    end.

%% How many were put, how many puts went wrong, and which are not there.
stop(Name) ->
    Name ! {stop, self()},
    receive {Name, N, Bad} -> {N, Bad, [I || I <- lists:seq(0, N - 1), paxos_kv:get({Name, I}) =/= {ok, I}]} end.
