%% @doc Names of processes, one for the whole cluster and all that use it:
%% `{via, paxos_kv_names, Name}'.
%%
%% A name is the key `{paxos_kv_names, Name}' of the default bucket. Its value is
%% `{Pid, Guard}', and it is tied to both: to the process, and to a guard that the
%% client keeps beside it, which ends when the process does, or when the name is
%% given up. So a name goes with its process, with the node, and with the
%% application paxos_kv there; and a process whose registration ended in an error
%% never has the name.
%%
%% While the cluster has no quorum nobody is registered, and nobody found.
-module(paxos_kv_names).

-compile({no_auto_import, [register/2]}).

-export([register_name/2, unregister_name/1, whereis_name/1, send/2]).
-export([register/2, register/3]).

-define(KEY(Name), {?MODULE, Name}).
-define(TIMEOUT, 5000).
%% The pause while a process that has ended still has its name.
-define(PAUSE, 10).

%% @equiv register(Name, Pid, 5000)
-spec register(term(), pid()) -> ok | {error, {taken, pid()} | paxos_kv:reason()}.
register(Name, Pid) -> register(Name, Pid, ?TIMEOUT).

%% @doc Gives a process a name, unless another has it. After an error it has not
%% got the name, and will not get it later.
-spec register(term(), pid(), timeout()) -> ok | {error, {taken, pid()} | paxos_kv:reason()}.
register(Name, Pid, Timeout) ->
    case paxos_kv_guard:start(Pid) of
        {ok, Guard} ->
            case claim(Name, {Pid, Guard}, paxos_kv_retry:deadline(Timeout)) of
                ok -> ok;
                {error, _} = Error ->
                    _ = paxos_kv_guard:stop(Guard, infinity),
                    Error
            end;
        {error, _} = Error -> Error
    end.

claim(Name, {Pid, Guard} = Mine, Deadline) ->
    Ties = [{pid, Guard}, {pid, Pid}],
    case paxos_kv:put(?KEY(Name), Mine, Ties, paxos_kv_retry:left(Deadline)) of
        {ok, Mine} -> ok;
        {ok, {Other, _}} when is_pid(Other) ->
            %% A supervisor that starts a process anew is quicker than the word of
            %% the old one's end.
            case paxos_kv_retry:left(Deadline) =/= 0 andalso has_ended(Other) of
                true ->
                    receive after ?PAUSE -> claim(Name, Mine, Deadline) end;
                false ->
                    {error, {taken, Other}}
            end;
        {ok, _} -> {error, invalid_value};
        {error, _} = Error -> Error
    end.

%% What is not known to have ended runs.
has_ended(Pid) when node(Pid) =:= node() -> not is_process_alive(Pid);
has_ended(Pid) ->
    try erpc:call(node(Pid), erlang, is_process_alive, [Pid], 1000) of
        Alive -> not Alive
    catch
        _:_ -> false
    end.

%% @doc `yes', or `no' if another process has the name. It exits with the reason
%% where that cannot be told, because there is no quorum, say: a process that is
%% started by via then fails to start, with `{error, {paxos_kv, Reason}}', and no
%% other process is blamed.
-spec register_name(term(), pid()) -> yes | no.
register_name(Name, Pid) ->
    case register(Name, Pid) of
        ok -> yes;
        {error, {taken, _}} -> no;
        {error, Reason} -> exit({paxos_kv, Reason})
    end.

%% @doc Takes the name from whatever process of whatever node has it, and returns
%% when it is free.
-spec unregister_name(term()) -> ok | {error, paxos_kv:reason() | nodedown}.
unregister_name(Name) ->
    Deadline = paxos_kv_retry:deadline(?TIMEOUT),
    case paxos_kv:get(?KEY(Name), [], ?TIMEOUT) of
        {ok, {_, Guard} = Holder} when is_pid(Guard) ->
            case paxos_kv_guard:stop(Guard, paxos_kv_retry:left(Deadline)) of
                ok -> await_change(Name, Holder, Deadline);
                {error, _} = Error -> Error
            end;
        {ok, _} -> {error, invalid_value};
        {error, not_found} -> ok;
        {error, _} = Error -> Error
    end.

await_change(Name, Holder, Deadline) ->
    case paxos_kv:get(?KEY(Name), [], paxos_kv_retry:left(Deadline)) of
        {ok, Holder} ->
            receive after ?PAUSE -> await_change(Name, Holder, Deadline) end;
        {ok, _} -> ok;
        {error, not_found} -> ok;
        {error, _} = Error -> Error
    end.

%% @doc The process with the name, `undefined' if there is none or it cannot be
%% told.
-spec whereis_name(term()) -> pid() | undefined.
whereis_name(Name) ->
    case paxos_kv:get(?KEY(Name)) of
        {ok, {Pid, _}} when is_pid(Pid), node(Pid) =/= node() -> Pid;
        {ok, {Pid, _}} when is_pid(Pid) ->
            case is_process_alive(Pid) of
                true -> Pid;
                false -> undefined
            end;
        _ -> undefined
    end.

%% @doc Sends a message to the process with the name, and returns the process. It
%% exits with `{badarg, {Name, Message}}' if there is none.
-spec send(term(), term()) -> pid().
send(Name, Message) ->
    case whereis_name(Name) of
        undefined -> exit({badarg, {Name, Message}});
        Pid ->
            Pid ! Message,
            Pid
    end.
