%% @private Has a process of this node told of keys by a node of the store, and by
%% another when that one goes.
%%
%% == What an owner can rely on ==
%%
%% The node that is asked tells when too few members are connected to what the
%% entry is tied to. If this node is cut off it cannot be told. So the node is
%% pinged, and a ping counts for a while from when it was sent: members bear a
%% silence that is longer, so that this process tells the owner before they can
%% erase the entry. For the same reason it takes no notice of when an answer came.
%%
%% A node that does not answer may only be slow, and go on to tell. So what it tells
%% comes by a process of its own, which ends when another node is asked.
-module(paxos_kv_watcher).

-behaviour(gen_server).

-export([start_supervisor/0, start/2, stop/1]).
-export([start_link/3, init/1, handle_continue/2, handle_call/3, handle_cast/2, handle_info/2, terminate/2]).

-export_type([what/0]).

-type what() :: watch | {watch, paxos_kv:key()} | {lost, paxos_kv:key(), paxos_kv:rev()}.

%% How long a node may take to answer, and the pause before the next is asked.
-define(PATIENCE, 1000).
-define(PAUSE, 50).
-define(BEAT, 300).

-record(state, {
    owner :: pid(),
    what :: what(),
    server :: atom(),
    at :: node() | undefined,
    %% Who waits for the start, until then.
    caller :: {pid(), reference(), paxos_kv_retry:deadline()} | undefined,
    %% The node that tells, the monitor of its server, and by whom it tells.
    node = undefined :: {node(), reference(), pid()} | undefined,
    lost = undefined :: node() | undefined,
    %% When the last question was asked that was answered, and for how long that
    %% counts.
    asked :: integer(),
    counts :: pos_integer()
}).

%% @doc The supervisor of these processes.
-spec start_supervisor() -> {ok, pid()} | {error, term()}.
start_supervisor() -> supervisor:start_link({local, paxos_kv_watchers}, paxos_kv_sup, watchers).

%% @doc Has the caller told.
-spec start(what(), paxos_kv:options()) -> {ok, pid()} | {error, paxos_kv:reason()}.
start(What, Options) ->
    case options(Options) of
        {error, _} = Error -> Error;
        Call ->
            Tag = make_ref(),
            try supervisor:start_child(paxos_kv_watchers, [self(), Tag, Call#{what => What}]) of
                {ok, Pid} -> started(Pid, Tag)
            catch
                exit:_ -> {error, not_started}
            end
    end.

started(Pid, Tag) ->
    Ref = erlang:monitor(process, Pid),
    receive
        {Tag, Result} ->
            true = erlang:demonitor(Ref, [flush]),
            Result;
        {'DOWN', Ref, process, _, _} -> {error, not_started}
    end.

%% @doc Ends that. No message of the watch is in the caller's mailbox then.
-spec stop(pid()) -> ok.
stop(Pid) ->
    Ref = erlang:monitor(process, Pid),
    Pid ! stop,
    receive {'DOWN', Ref, process, _, _} -> ok end,
    flush(Pid).

flush(Pid) ->
    receive {paxos_kv, Pid, _} -> flush(Pid)
    after 0 -> ok
    end.

%% The options of a call, with those that only these requests have.
options(Options) when is_map(Options) -> options(maps:to_list(Options));
options(Options) ->
    case paxos_kv_options:read(Options) of
        {ok, #{wire := Wire} = Call} -> wire(Wire, Call#{bucket => "PaxosKV", silence => 5000});
        {error, _} = Error -> Error
    end.

wire([], Call) -> Call;
wire([{bucket, B} | More], Call) when is_atom(B) -> wire(More, Call#{bucket := atom_to_list(B)});
wire([{bucket, B} | More], Call) when is_binary(B); is_list(B) -> wire(More, Call#{bucket := B});
wire([{silence, Ms} | More], Call) when is_integer(Ms), Ms >= 10 -> wire(More, Call#{silence := Ms});
wire([Option | _], _) ->
    {error, {bad_request, unicode:characters_to_binary(io_lib:format("not an option here: ~0tP", [Option, 20]))}}.

-spec start_link(pid(), reference(), map()) -> {ok, pid()} | {error, term()} | ignore.
start_link(Owner, Tag, Call) -> gen_server:start_link(?MODULE, {Owner, Tag, Call}, []).

-spec init({pid(), reference(), map()}) -> {ok, #state{}, {continue, connect}}.
init({Owner, Tag, #{what := What, bucket := Bucket, at := At, timeout := Timeout, silence := Silence}}) ->
    process_flag(trap_exit, true),
    _ = erlang:monitor(process, Owner),
    _ = erlang:send_after(?BEAT, self(), beat),
    Server = binary_to_atom(unicode:characters_to_binary([Bucket, ".Learner"])),
    {ok, #state{owner = Owner, what = What, server = Server, at = At, asked = now_ms(), counts = Silence * 3 div 10,
                caller = {Owner, Tag, paxos_kv_retry:deadline(Timeout)}}, {continue, connect}}.

-spec handle_continue(connect, #state{}) -> {noreply, #state{}} | {stop, normal, #state{}}.
handle_continue(connect, S) -> connect(S).

-spec handle_call(term(), gen_server:from(), #state{}) -> {reply, term(), #state{}}.
handle_call(_, _, S) -> {reply, {error, bad_request}, S}.

-spec handle_cast(term(), #state{}) -> {noreply, #state{}}.
handle_cast(_, S) -> {noreply, S}.

-spec handle_info(term(), #state{}) -> {noreply, #state{}} | {stop, normal, #state{}}.
handle_info({By, {paxos_kv, _, Event}}, #state{node = {_, _, By}} = S) ->
    told(Event, S);
handle_info({'DOWN', Ref, process, _, _}, #state{node = {_, Ref, _}} = S) ->
    connect(leave(S));
handle_info({'DOWN', _, process, Owner, _}, #state{owner = Owner} = S) ->
    {stop, normal, S};
handle_info(stop, S) ->
    {stop, normal, S};
handle_info(connect, #state{node = undefined} = S) ->
    connect(S);
handle_info(beat, S) ->
    _ = erlang:send_after(?BEAT, self(), beat),
    beat(S);
handle_info(_, S) ->
    {noreply, S}.

%% The end of the server is told as well.
told(closed, S) -> {noreply, S};
told({lost, _, _, closed}, S) -> {noreply, S};
told({lost, _, _, _} = Lost, S) ->
    tell(Lost, S),
    {stop, normal, S};
told(Event, S) ->
    tell(Event, S),
    {noreply, S}.

%% The application stops.
-spec terminate(term(), #state{}) -> ok.
terminate(normal, _) -> ok;
terminate(_, #state{what = {lost, Key, Rev}} = S) -> tell({lost, Key, Rev, closed}, S);
terminate(_, S) -> tell(closed, S).

%% Has a node tell this process, soon if not now.
connect(S) ->
    Wait = min(?PATIENCE, left(S)),
    case node_for(S, Wait) of
        {ok, Node} -> ask(Node, Wait, S);
        {error, Reason} -> again(Reason, S)
    end.

node_for(#state{at = undefined, lost = Lost}, Wait) -> paxos_kv_finder:find(Lost, once, Wait);
node_for(#state{at = Node}, Wait) ->
    case paxos_kv_search:connect(Node, Wait) of
        true -> {ok, Node};
        false -> {error, no_node}
    end.

ask(Node, Wait, #state{server = Server} = S) ->
    Ref = erlang:monitor(process, {Server, Node}),
    Self = self(),
    By = spawn_link(fun() -> relay(Self) end),
    Asked = now_ms(),
    Asking = S#state{node = {Node, Ref, By}},
    case paxos_kv_call:ask({Server, Node}, request(S#state.what, By), Wait) of
        {reply, ok} -> {noreply, begun(Asking#state{lost = undefined, asked = Asked})};
        Answer -> refused(Answer, Node, drop(Asking))
    end.

relay(To) ->
    receive Message ->
        To ! {self(), Message},
        relay(To)
    end.

request(watch, By) -> {watch, By};
request({watch, Key}, By) -> {watch, By, Key};
request({lost, Key, Rev}, By) -> {lost, By, Key, Rev}.

%% The node tells no more: it sees that nobody is there to be told.
drop(#state{node = {Node, Ref, By}} = S) ->
    true = erlang:demonitor(Ref, [flush]),
    true = unlink(By),
    true = exit(By, kill),
    S#state{node = undefined, lost = Node}.

leave(S) ->
    tell(about(behind, S), S),
    drop(S).

%% A node that tells is told by anew: what was told before counts no more.
begun(#state{caller = {Caller, Tag, _}} = S) ->
    Caller ! {Tag, {ok, self()}},
    S#state{caller = undefined};
begun(S) ->
    tell(about(missed, S), S),
    S.

refused({reply, {error, {bad_request, _} = Reason}}, _, #state{caller = {_, _, _}} = S) -> failed(Reason, S);
refused({reply, {error, Reason}}, _, S) -> again(Reason, S);
refused(unsent, Node, S) ->
    case lists:member(Node, [node() | nodes(connected)]) of
        true -> again(unknown_bucket, S);
        false -> again(no_node, S)
    end;
refused(_, _, S) -> again(timeout, S).

again(Reason, #state{caller = {_, _, Deadline}} = S) ->
    case paxos_kv_retry:left(Deadline) of
        Left when Left > ?PAUSE -> later(S);
        _ -> failed(Reason, S)
    end;
again(_, S) -> later(S).

later(S) ->
    _ = erlang:send_after(?PAUSE, self(), connect),
    expire(S).

failed(Reason, #state{caller = {Caller, Tag, _}} = S) ->
    Caller ! {Tag, {error, Reason}},
    {stop, normal, S}.

%% A node that does not answer is left: by an owner while there is time for another.
beat(#state{node = {Node, _, _}} = S) ->
    Asked = now_ms(),
    case paxos_kv_call:ask({'PaxosKV.Cluster', Node}, ping, min(?BEAT, left(S))) of
        {reply, pong} -> {noreply, S#state{asked = Asked}};
        _ ->
            case now_ms() - S#state.asked > patience(S) of
                true -> connect(leave(S));
                false -> expire(S)
            end
    end;
beat(S) -> expire(S).

patience(#state{what = {lost, _, _}, counts = Counts}) -> Counts div 2;
patience(#state{counts = Counts}) -> Counts.

%% Ends where an owner has to be told.
expire(#state{what = {lost, Key, Rev}, caller = Caller} = S) ->
    case left(S) of
        0 when Caller =:= undefined ->
            tell({lost, Key, Rev, no_node}, S),
            {stop, normal, S};
        0 -> failed(no_node, S);
        _ -> {noreply, S}
    end;
expire(S) -> {noreply, S}.

%% For how long what an owner's node answered counts.
left(#state{what = {lost, _, _}, asked = Asked, counts = Counts}) -> max(0, Asked + Counts - now_ms());
left(_) -> infinity.

now_ms() -> erlang:monotonic_time(millisecond).

about(What, #state{what = watch}) -> What;
about(What, #state{what = {watch, Key}}) -> {What, Key};
about(_, _) -> none.

tell(none, _) -> ok;
tell(Event, #state{owner = Owner}) ->
    Owner ! {paxos_kv, self(), Event},
    ok.
