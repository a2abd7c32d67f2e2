%% @private One gen_server request, sent without ever blocking the caller.
%%
%% This is what gen_server:call does, with three differences: no connection is
%% made, one that does not drain is no reason to suspend the caller past its
%% deadline, and the outcome says whether the server may have got the request.
-module(paxos_kv_call).

-dialyzer(no_improper_lists).

-export([ask/3]).

-export_type([outcome/0]).

%% unsent: no server got the request. unknown: one may have.
-type outcome() :: {reply, term()} | unsent | unknown.

-spec ask({atom(), node()}, term(), timeout()) -> outcome().
ask({_, Node} = To, Request, Timeout) ->
    %% A connection that is made only now could not be told from one that was lost.
    case Node =:= node() orelse lists:member(Node, nodes(connected)) of
        true -> send(To, Request, Timeout);
        false -> unsent
    end.

send(To, Request, Timeout) ->
    Ref = erlang:monitor(process, To, [{alias, reply_demonitor}]),
    %% noconnect: on the connection that the monitor is on, or not at all.
    case erlang:send(To, {'$gen_call', {self(), [alias | Ref]}, Request}, [noconnect, nosuspend]) of
        ok -> await(Ref, Timeout);
        _ -> give_up(Ref, unsent)
    end.

await(Ref, Timeout) ->
    receive
        {[alias | Ref], Reply} -> {reply, Reply};
        {'DOWN', Ref, process, _, noproc} -> unsent;
        {'DOWN', Ref, process, _, _} -> unknown
    after Timeout -> give_up(Ref, unknown)
    end.

%% After demonitor no reply can come any more, but one may have.
give_up(Ref, Outcome) ->
    erlang:demonitor(Ref, [flush]),
    receive
        {[alias | Ref], Reply} -> {reply, Reply}
    after 0 -> Outcome
    end.
