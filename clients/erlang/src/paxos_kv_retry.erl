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

%% read: changes nothing. {write, Done}: Done is the reply that proves it.
-type kind() :: read | {write, term()}.
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
    reason = no_node :: atom()
}).

%% An attempt gets half of the time that is left, so that a node which falls
%% silent leaves enough for another; but no less than this, and no more than that.
-define(LEAST, 500).
-define(MOST, 10000).
%% The pause between attempts that failed at once.
-define(PAUSE, 20).

-spec deadline(timeout()) -> deadline().
deadline(infinity) -> infinity;
deadline(Timeout) -> erlang:monotonic_time(millisecond) + Timeout.

-spec left(deadline()) -> timeout().
left(infinity) -> infinity;
left(Deadline) -> max(0, Deadline - erlang:monotonic_time(millisecond)).

%% Request makes the request for an attempt of so many milliseconds.
-spec run(kind(), {atom(), fun((pos_integer()) -> term())}, paxos_kv_options:call()) -> term().
run(Kind, {Server, Request}, #{timeout := Timeout, at := At, no_quorum := Policy}) ->
    attempt(#run{kind = Kind, server = Server, request = Request, policy = Policy, at = At,
                 deadline = deadline(Timeout)}).

attempt(#run{deadline = Deadline} = R) ->
    case left(Deadline) of
        0 -> failed(R);
        Left ->
            case node_for(R, Left) of
                {ok, Node} -> attempt(R, Node, slice(left(Deadline)));
                {error, no_node} when R#run.policy =:= retry -> again(R#run{reason = no_node});
                {error, Reason} -> failed(R#run{reason = Reason})
            end
    end.

node_for(#run{at = undefined, lost = Lost}, Left) -> paxos_kv_finder:find(Lost, Left);
node_for(#run{at = Node}, _Left) -> {ok, Node}.

slice(infinity) -> ?MOST;
slice(Left) when Left =< 2 * ?LEAST -> max(1, Left);
slice(Left) -> min(Left div 2, ?MOST).

attempt(#run{server = Server, request = Request} = R, Node, Slice) ->
    %% The node ends the request a little earlier, so that its answer still comes.
    case paxos_kv_call:ask({Server, Node}, Request(max(1, Slice * 9 div 10)), Slice) of
        {reply, Reply} -> replied(Reply, R);
        unsent -> again(R#run{lost = Node, reason = no_node});
        unknown -> again(R#run{lost = Node, reason = timeout, unknown = true})
    end.

%% Answers after which another attempt may help. Only indeterminate leaves the
%% outcome open.
replied({error, no_quorum}, #run{policy = retry} = R) -> again(R#run{reason = no_quorum});
replied({error, no_quorum}, R) -> failed(R#run{reason = no_quorum});
replied({error, indeterminate}, R) -> again(R#run{reason = timeout, unknown = true});
replied({error, Reason}, R) when Reason =:= timeout; Reason =:= busy; Reason =:= closed ->
    again(R#run{reason = Reason});
replied(Reply, #run{kind = {write, Done}, unknown = true}) when Reply =/= Done ->
    {error, indeterminate};
replied(Reply, _) -> Reply.

again(#run{deadline = Deadline} = R) ->
    receive after min(?PAUSE, left(Deadline)) -> attempt(R) end.

failed(#run{kind = {write, _}, unknown = true}) -> {error, indeterminate};
failed(#run{policy = fail, reason = no_quorum}) -> exit(no_quorum);
failed(#run{reason = Reason}) -> {error, Reason}.
