%% @private The search for a node to ask, as one process that ends with what it
%% found as its reason.
%%
%% A key that is tied to a process of this node lives as long as a quorum of the
%% cluster is connected here, and the nodes of the cluster dial nobody on their
%% own. So the search does not end with the first node: it connects all those
%% that the first one knows.
-module(paxos_kv_search).

-export([start/1, reach_all/1, connect/2]).

-export_type([found/0]).

-type found() :: {found, node(), Quorum :: boolean()} | none.

-define(SERVICE, 'PaxosKV.Cluster').
%% How long each of the two steps waits for the nodes that it asks.
-define(PATIENCE, 1000).

%% @doc Starts a search. Lost is the node that another is wanted for.
-spec start(node() | undefined) -> {pid(), reference()}.
start(Lost) -> spawn_monitor(fun() -> exit(search(Lost)) end).

search(Lost) ->
    {ok, Configured} = application:get_env(paxos_kv, nodes),
    case first(ask_each(quorum, Configured ++ nodes(connected)), Lost, none, until()) of
        {found, Node, _} = Found ->
            reach_all(Node),
            Found;
        none -> none
    end.

%% @doc Connects this node to all that Node is connected to, and waits until they
%% have taken note of it, but not for long.
-spec reach_all(node()) -> ok.
reach_all(Node) ->
    case paxos_kv_call:ask({?SERVICE, Node}, nodes, ?PATIENCE) of
        {reply, Nodes} when is_list(Nodes) -> all(ask_each(ping, Nodes -- nodes(connected)), until());
        _ -> ok
    end.

%% @doc Connects this node to another, as long as Timeout lets it try.
-spec connect(node(), timeout()) -> boolean().
connect(Node, Timeout) ->
    {Pid, Ref} = spawn_monitor(fun() -> exit({connected, connect(Node)}) end),
    receive
        {'DOWN', Ref, process, Pid, Result} -> Result =:= {connected, true}
    after Timeout ->
        true = erlang:demonitor(Ref, [flush]),
        false
    end.

connect(Node) ->
    Node =:= node() orelse lists:member(Node, nodes(connected)) orelse net_kernel:connect_node(Node) =:= true.

until() -> paxos_kv_retry:deadline(?PATIENCE).

%% Processes that connect to nodes and ask them; each ends with the answer.
ask_each(Request, Nodes) ->
    maps:from_list([{Ref, Pid} || Node <- lists:usort(Nodes), Node =/= node(),
        {Pid, Ref} <- [spawn_monitor(fun() -> exit({Node, ask(Node, Request)}) end)]]).

ask(Node, Request) ->
    _ = connect(Node),
    paxos_kv_call:ask({?SERVICE, Node}, Request, ?PATIENCE).

%% The first that sees a quorum, or else one that answers, and not Lost unless
%% there is no other.
first(Asked, _, Best, _) when map_size(Asked) =:= 0 -> Best;
first(Asked, Lost, Best, Until) ->
    receive
        {'DOWN', Ref, process, _, {Node, {reply, true}}} when Node =/= Lost, is_map_key(Ref, Asked) ->
            {found, Node, true};
        {'DOWN', Ref, process, _, {Node, {reply, Quorum}}} when is_boolean(Quorum), is_map_key(Ref, Asked) ->
            first(maps:remove(Ref, Asked), Lost, better(Best, {found, Node, Quorum}, Lost), Until);
        {'DOWN', Ref, process, _, _} when is_map_key(Ref, Asked) ->
            first(maps:remove(Ref, Asked), Lost, Best, Until)
    after paxos_kv_retry:left(Until) -> Best
    end.

better(none, Found, _) -> Found;
better({found, Lost, false}, Found, Lost) -> Found;
better(Best, _, _) -> Best.

all(Asked, _) when map_size(Asked) =:= 0 -> ok;
all(Asked, Until) ->
    receive
        {'DOWN', Ref, process, _, _} when is_map_key(Ref, Asked) -> all(maps:remove(Ref, Asked), Until)
    after paxos_kv_retry:left(Until) -> ok
    end.
