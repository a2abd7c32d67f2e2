%% Processes that put keys tied to themselves, by plain calls of gen_server, and
%% end as they are told.
-module(ties).
-export([start/0, put/4, put_from/4, quick/4, many/4, stop/2]).

start() -> spawn(fun wait/0).

wait() ->
    receive
        {stop, Reason} -> exit(Reason);
        hibernate -> erlang:hibernate(erlang, apply, [fun wait/0, []]);
        {put, From, Server, Key, Options} ->
            From ! {self(), ?MODULE:put(Server, Key, 1, Options)},
            wait()
    end.

%% put/4 asks for more patience than a caller has by default.
put(Server, Key, Value, Options) ->
    gen_server:call(Server, {put, Key, Value, [{timeout, 60000} | Options]}, infinity).

%% put_from/4 has a process of start/0 put a key.
put_from(Pid, Server, Key, Options) ->
    Pid ! {put, self(), Server, Key, Options},
    receive {Pid, Answer} -> Answer end.

%% quick/4 starts processes that end as soon as their put is answered, and returns
%% the answers that are no {ok, _}.
quick(N, Servers, Tag, Reason) ->
    [Answer || Answer <- together(N, Servers, fun(Server, I) ->
        Answer = ?MODULE:put(Server, {Tag, I}, 1, [{pid, self()}]),
        {Answer, fun() -> exit(Reason) end}
    end), element(1, Answer) =/= ok].

%% many/4 starts processes that wait after their put, and returns their pids; the
%% answer to each is required to be {ok, Value}.
many(N, Servers, Tag, Value) ->
    together(N, Servers, fun(Server, I) ->
        {ok, Value} = ?MODULE:put(Server, {Tag, I}, Value, [{pid, self()}]),
        {self(), fun wait/0}
    end).

%% together/3 runs a function in processes of its own, some hundreds at a time; it
%% returns what is to be told and what is to be done then.
together(0, _, _) -> [];
together(N, Servers, F) ->
    Me = self(),
    Wave = [spawn_monitor(fun() ->
        {Answer, Next} = F(lists:nth(I rem length(Servers) + 1, Servers), I),
        Me ! {told, self(), Answer},
        Next()
    end) || I <- lists:seq(max(1, N - 499), N)],
    Answers = [receive
        {told, Pid, Answer} -> erlang:demonitor(Ref, [flush]), Answer;
        {'DOWN', Ref, process, Pid, Reason} -> error({died, Reason})
    end || {Pid, Ref} <- Wave],
    Answers ++ together(N - length(Wave), Servers, F).

%% stop/2 ends processes: kill/0 is no reason for those that are told.
stop(Pids, kill) -> [exit(Pid, kill) || Pid <- Pids], length(Pids);
stop(Pids, Reason) -> [Pid ! {stop, Reason} || Pid <- Pids], length(Pids).
