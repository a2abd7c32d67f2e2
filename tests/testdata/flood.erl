%% Many requests at once, each by a process of its own.
-module(flood).
-export([puts/3]).

%% puts/3 makes N calls and returns how many of them ended in each way.
puts(N, Server, Prefix) ->
    Self = self(),
    [spawn(fun() -> Self ! {?MODULE, put_one(Server, {Prefix, I})} end) || I <- lists:seq(1, N)],
    lists:foldl(fun(_, Counts) ->
        receive {?MODULE, How} -> maps:update_with(How, fun(C) -> C + 1 end, 1, Counts) end
    end, #{}, lists:seq(1, N)).

put_one(Server, Key) ->
    try gen_server:call(Server, {put, Key, 1, [{timeout, 60000}]}, 90000) of
        {ok, 1} -> ok;
        {error, Reason} -> Reason
    catch exit:{Reason, _} -> {exit, Reason}
    end.
