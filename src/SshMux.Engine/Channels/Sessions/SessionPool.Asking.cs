namespace SshMux.Engine.Channels.Sessions;

// How servers are asked for the sessions of those who wait, and what becomes of the answers.
internal sealed partial class SessionPool
{
    private void Fill() => Fill(anyway: false);

    /// <summary>Gives those who wait what is there, and asks servers for what they may grant.</summary>
    /// <param name="anyway">Whether to ask for one that no server should have.</param>
    private void Fill(bool anyway)
    {
        List<(WaitingSession To, Channel Spare)> given = [];
        List<(SessionPlaces At, SessionPlace Place)> asked = [];
        var further = -1;
        lock (_lock)
        {
            if (_closed is not null) return;
            while (_queue.First is { } first && _connection.Sessions.TakeSpare(first.Handler) is { } spare)
            {
                given.Add((TakeTurn()!, spare));
            }

            var missing = _queue.Count - Places.Sum(places => places.Asked);
            foreach (var places in Places)
            {
                for (; missing > 0 && places.TryAsk() is { } kind; missing--) asked.Add((places, NewPlace(kind)));
            }

            foreach (var places in Places)
            {
                if (!anyway || missing <= 0 || places.TryAskAnyway() is not { } kind) continue;
                asked.Add((places, NewPlace(kind)));
                missing--;
            }

            if (missing > 0) further = _further.Count;
        }

        foreach (var (to, spare) in given) to.Give(spare);
        foreach (var (at, place) in asked) _ = AskAsync(at, place);
        if (further >= 0) _connecting.Want(further);
    }

    private SessionPlace NewPlace(SessionPlaceKind kind) => new(kind, TakeTurnWithLock);

    private WaitingSession? TakeTurnWithLock()
    {
        lock (_lock) return TakeTurn();
    }

    private WaitingSession? TakeTurn()
    {
        if (_queue.Take() is not { } waiting) return null;
        waiting.HasWaited = _refusal is not null;
        _movedAt = _time.GetTimestamp();
        ForgetIfNobodyWaits();
        return waiting;
    }

    private void ForgetIfNobodyWaits()
    {
        if (_queue.Count == 0) _refusal = null;
    }

    /// <summary>Asks a server for a session, and gives it to whoever's turn it is. Never faults.</summary>
    private async Task AskAsync(SessionPlaces at, SessionPlace place)
    {
        var asked = _time.GetTimestamp();
        for (var tries = 1; ; tries++)
        {
            try
            {
                var channel = await at.Connection.Sessions.OpenNewAsync(place, CancellationToken.None)
                    .ConfigureAwait(false);
                OnGranted(at, place, channel);
                return;
            }
            catch (SshException e)
            {
                // By the time of its answer the server has tidied up after a session that had just ended.
                if (at.Connection.Sessions.MayAskAgain(e, asked, tries) && MayAskAgain(at, place)) continue;
                if (e.Refusal is null) OnEnded(at, place, e);
                else OnRefused(at, place, e, asked);
                return;
            }
        }
    }

    private bool MayAskAgain(SessionPlaces at, SessionPlace place)
    {
        lock (_lock) return at.MayAskAgain(place);
    }

    private void OnGranted(SessionPlaces at, SessionPlace place, Channel channel)
    {
        lock (_lock) at.OnAnswer(place, isFull: false);
        if (place.Taker is { } taker)
        {
            var waited = _time.GetElapsedTime(taker.Asked);
            if (taker.HasWaited) LogTurn(waited);
            taker.Give(channel);
        }

        // Against what was thought, there was one: perhaps there is another.
        if (place.Kind == SessionPlaceKind.Trial) Fill(anyway: true);
    }

    private void OnRefused(SessionPlaces at, SessionPlace place, SshException refusal, long asked)
    {
        WaitingSession? refused = null;
        bool beginsToWait;
        bool waits;
        lock (_lock)
        {
            waits = SessionOpening.MeansFull(refusal)
                && (_refusal is not null || IsWorthWaiting || at.Connection.Sessions.HasJustEnded(asked));
            at.OnAnswer(place, isFull: waits);
            beginsToWait = waits && _refusal is null && _queue.Count > 0;
            if (beginsToWait)
            {
                _movedAt = _time.GetTimestamp();
                _timer.Change(Tick, Timeout.InfiniteTimeSpan);
            }

            if (waits) _refusal = refusal;
            else refused = _queue.Take();
            ForgetIfNobodyWaits();
            waits = _refusal is not null;
        }

        refused?.Refuse(refusal);
        if (beginsToWait) LogFull(refusal.Message, _overflow.Limit);
        Fill(anyway: !waits);
    }

    /// <summary>A connection has ended: all who wait hear of it if it is the first.</summary>
    private void OnEnded(SessionPlaces at, SessionPlace place, SshException reason)
    {
        lock (_lock)
        {
            at.OnAnswer(place, isFull: false);
            _further.RemoveAll(further => further.Places == at);
        }

        if (at == _first) Close(reason);
        else Fill();
    }

    // Where nothing is open there is nothing whose end could leave a place.
    private bool IsWorthWaiting => _connecting.IsConnecting || Places.Any(places => places.HasSessions);

    private void OnFirstSessionEnded() => OnSessionEnded(_first);

    private void OnSessionEnded(SessionPlaces at)
    {
        lock (_lock) at.OnSessionEnded(forget: _queue.Count == 0);
        Fill();
    }
}
