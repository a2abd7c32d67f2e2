%% @private A request that moves from node to node until one answers it, its
%% deadline comes, or it is known to be in vain.
%%
%% == What may be tried again ==
%%
%% A request that no node got, or that a node says it proposed nothing for, may
%% always be tried again. After a connection was lost, a put may have taken
%% effect, or may yet. Putting the same value again then tells, if the answer is
%% that value: the key holds it. Any other answer does not tell: the first
%% attempt may have been chosen and erased since, for what it was tied to went,
%% and it may be chosen yet, once the value answered goes. So from then on the
%% answer is the value itself, or indeterminate.
-module(paxos_kv_retry).

-export([run/3, deadline/1, left/1]).

-export_type([kind/0, deadline/0]).

%% read: changes nothing. {write, Value}: done when it answers with Value; resize:
%% done when it answers ok.
-type kind() :: read | {write, term()} | resize.
-type deadline() :: integer() | infinity.

-record(run, {
    kind :: kind(),
    server :: atom(),
    request :: fun((pos_integer()) -> term()),
    policy :: retry | return | fail,
    at :: node() | undefined,
    deadline :: deadline(),
    %% Whether an attempt may have taken effect.
    unknown = false :: boolean(),
    %% The node that the last attempt found to be of no use.
    lost = undefined :: node() | undefined,
    %% Why the last attempt was in vain.
    reason = timeout :: atom(),
    pause = 20 :: pos_integer()
}).

%% An attempt gets half of the time that is left, so that a node which falls
%% silent leaves enough for another; but no less than this, and no more than that.
-define(LEAST, 500).
-define(MOST, 10000).
%% How much earlier a node ends, at the least, where there is so much.
-define(MARGIN, 100).
%% A node works at a resize for so long, whatever time it is given.
-define(RESIZE, 5000).
%% The pause between attempts begins with that of the record, and doubles.
-define(LONGEST_PAUSE, 500).

-spec deadline(timeout()) -> deadline().
deadline(infinity) -> infinity;
deadline(Timeout) -> erlang:monotonic_time(millisecond) + Timeout.

-spec left(deadline()) -> timeout().
left(infinity) -> infinity;
left(Deadline) -> max(0, Deadline - erlang:monotonic_time(millisecond)).

%% @doc Request makes the request for an attempt of so many milliseconds.
-spec run(kind(), {atom(), fun((pos_integer()) -> term())}, paxos_kv_options:call()) -> term().
run(Kind, {Server, Request}, #{timeout := Timeout, at := At, no_quorum := Policy}) ->
    attempt(#run{kind = Kind, server = Server, request = Request, policy = Policy, at = At,
                 deadline = deadline(Timeout)}).

attempt(#run{deadline = Deadline} = R) ->
    case node_for(R) of
        {ok, Node} -> attempt(R, Node, left(Deadline));
        {error, no_node} when R#run.policy =:= retry -> again(R#run{reason = no_node});
        {error, Reason} -> failed(R#run{reason = Reason})
    end.

node_for(#run{at = undefined, lost = Lost, policy = retry, deadline = Deadline}) ->
    paxos_kv_finder:find(Lost, retry, left(Deadline));
node_for(#run{at = undefined, lost = Lost, deadline = Deadline}) ->
    paxos_kv_finder:find(Lost, once, left(Deadline));
node_for(#run{at = Node, deadline = Deadline}) ->
    case paxos_kv_search:connect(Node, left(Deadline)) of
        true -> {ok, Node};
        false -> {error, no_node}
    end.

%% At least one attempt is made.
attempt(#run{kind = Kind, server = Server, request = Request} = R, Node, Left) ->
    Slice = max(1, slice(Kind, Left)),
    case paxos_kv_call:ask({Server, Node}, Request(given(Slice)), Slice) of
        {reply, Reply} -> replied(Reply, Node, R);
        unsent -> again(R#run{lost = Node, reason = no_node});
        unknown -> again(R#run{lost = Node, reason = timeout, unknown = true})
    end.

slice(resize, Left) -> min(Left, ?RESIZE);
slice(_, infinity) -> ?MOST;
slice(_, Left) when Left =< 2 * ?LEAST -> Left;
slice(_, Left) -> min(Left div 2, ?MOST).

%% A node ends a request a little earlier than the client, so that its answer still
%% comes: what is not heard of cannot be told.
given(Slice) -> max(1, Slice - max(Slice div 10, min(?MARGIN, Slice div 2))).

%% Answers after which another attempt may help come first. Only indeterminate
%% leaves the outcome open.
replied({error, no_quorum}, _, #run{policy = retry} = R) -> again(R#run{reason = no_quorum});
replied({error, no_quorum}, _, R) -> failed(R#run{reason = no_quorum});
replied({error, indeterminate}, _, R) -> again(R#run{reason = timeout, unknown = true});
replied({error, closed}, Node, R) -> again(R#run{reason = closed, lost = Node});
replied({error, Reason}, _, R) when Reason =:= timeout; Reason =:= busy -> again(R#run{reason = Reason});
replied(Reply, _, #run{unknown = true} = R) ->
    case settles(R#run.kind, Reply) of
        true -> Reply;
        false -> {error, indeterminate}
    end;
replied(Reply, _, _) -> Reply.

%% Whether an answer tells what became of the attempts before.
settles(read, _) -> true;
settles({write, Value}, {ok, Answer}) -> Answer =:= Value;
settles({write, Value}, {ok, Answer, _Rev}) -> Answer =:= Value;
settles(resize, ok) -> true;
settles(_, _) -> false.

again(#run{deadline = Deadline, pause = Pause} = R) ->
    case left(Deadline) of
        Left when Left > Pause ->
            receive after Pause -> attempt(R#run{pause = min(2 * Pause, ?LONGEST_PAUSE)}) end;
        _ -> failed(R)
    end.

failed(#run{kind = Kind, unknown = true}) when Kind =/= read -> {error, indeterminate};
failed(#run{policy = fail, reason = no_quorum}) -> exit(no_quorum);
failed(#run{reason = Reason}) -> {error, Reason}.
