using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels.Proxied;

// From the owner to the server. A message that must not reach the server throws, and the owner is the one to suffer.
internal sealed partial class ProxiedChannel
{
    /// <summary>Confirms a channel that the server opens.</summary>
    /// <exception cref="SshException"><see cref="SshError.MuxProtocolError"/>: it is not to be confirmed.</exception>
    public void Confirm(uint ownerId, uint window, uint maxPacket)
    {
        lock (_lock)
        {
            if (_isOpen || IsOurs) throw Broken("confirmed a channel that nobody offers");
            if (maxPacket == 0) throw Broken("confirmed a channel with a maximum packet size of 0");
            OwnerId = ownerId;
            _windowOfOwner = window;
            _isOpen = true;
            _transport.Send(new ChannelOpenConfirmationMessage(
                _remoteId, LocalId, window, Math.Min(maxPacket, ReceiveWindow.MaxPacket)));
        }
    }

    /// <summary>Refuses a channel that the server opens.</summary>
    /// <exception cref="SshException"><see cref="SshError.MuxProtocolError"/>: it is not to be refused.</exception>
    public void Refuse(OpenFailureReason reason, string text)
    {
        lock (_lock)
        {
            if (_isOpen || IsOurs) throw Broken("refused a channel that nobody offers");
            _transport.Send(new ChannelOpenFailureMessage(_remoteId, reason, text));
        }

        Remove();
    }

    /// <summary>Passes on SSH_MSG_CHANNEL_DATA and SSH_MSG_CHANNEL_EXTENDED_DATA.</summary>
    /// <param name="number">The message number.</param>
    /// <param name="rest">What follows the channel number.</param>
    /// <param name="length">How many bytes of data there are in it.</param>
    /// <exception cref="SshException"><see cref="SshError.MuxProtocolError"/>: more than the server takes.</exception>
    public void SendData(byte number, ReadOnlySpan<byte> rest, int length)
    {
        lock (_lock)
        {
            if (!IsUsable()) return;
            if (_eofSent) throw Broken("sent data after the end of its data");
            if ((uint)length > _windowOfServer || (uint)length > _maxPacket)
            {
                throw Broken("sent more data than the server takes");
            }

            _windowOfServer -= (uint)length;
            _transport.Send(new ChannelMessage(number, _remoteId, rest));
            Traffic.NoteSent(rest[^length..]);
        }
    }

    /// <summary>Passes on SSH_MSG_CHANNEL_WINDOW_ADJUST.</summary>
    /// <exception cref="SshException"><see cref="SshError.MuxProtocolError"/>: the window gets too large.</exception>
    public void AdjustWindow(uint bytes)
    {
        lock (_lock)
        {
            // This and the replies below may have been under way when the channel was closed.
            if (_closeSent || !IsUsable()) return;
            if (bytes > uint.MaxValue - _windowOfOwner) throw Broken("opened a window beyond 2^32 - 1 bytes");
            _windowOfOwner += bytes;
            _transport.Send(new ChannelWindowAdjustMessage(_remoteId, bytes));
        }
    }

    /// <summary>Passes on SSH_MSG_CHANNEL_SUCCESS and SSH_MSG_CHANNEL_FAILURE.</summary>
    public void SendReply(byte number)
    {
        lock (_lock)
        {
            if (_closeSent || !IsUsable()) return;
            _transport.Send(new BareChannelMessage(number, _remoteId));
        }
    }

    /// <summary>Passes on SSH_MSG_CHANNEL_REQUEST; <paramref name="rest"/> follows the channel number.</summary>
    public void SendRequest(ReadOnlySpan<byte> rest)
    {
        lock (_lock)
        {
            if (!IsUsable()) return;
            _transport.Send(new ChannelMessage(MessageNumber.ChannelRequest, _remoteId, rest));
        }
    }

    /// <summary>Makes a request of a type that no server knows, for its refusal to come in its turn.</summary>
    public void SendUnknownRequest()
    {
        lock (_lock)
        {
            if (!IsUsable()) return;
            _transport.Send(new ChannelRequestMessage(_remoteId, ChannelRequestTypes.Unknown, wantReply: true, []));
        }
    }

    /// <summary>Passes on SSH_MSG_CHANNEL_EOF.</summary>
    public void SendEof()
    {
        lock (_lock)
        {
            if (!IsUsable() || _eofSent) return;
            _eofSent = true;
            _transport.Send(new BareChannelMessage(MessageNumber.ChannelEof, _remoteId));
        }
    }

    /// <summary>Passes on SSH_MSG_CHANNEL_CLOSE.</summary>
    public void SendClose()
    {
        bool isLast;
        lock (_lock)
        {
            if (IsUsable()) SendCloseLocked();
            _ownerClosed = true;
            isLast = _closeReceived;
        }

        if (isLast) Remove();
    }

    /// <summary>
    /// Ends the channel whatever its owner thinks. The owner learns it from the server's close, and until then may go on
    /// as if nothing had happened: what it sends is dropped.
    /// </summary>
    public void CloseHere()
    {
        lock (_lock)
        {
            if (!_isOpen || _closeSent) return;
            _closedHere = true;
            SendCloseLocked();
        }
    }

    /// <summary>Asks for a signal to the program; the server does not say whether it sends it.</summary>
    /// <returns>Whether it was asked: the channel may be closed.</returns>
    public bool SendSignal(ReadOnlySpan<byte> fields)
    {
        lock (_lock)
        {
            if (!_isOpen || _closeSent) return false;
            _transport.Send(new ChannelRequestMessage(_remoteId, ChannelRequestTypes.Signal, wantReply: false, fields));
            return true;
        }
    }

    /// <summary>
    /// The owner is gone: the channel is closed, or refused, as soon as that is possible, and its slot is free when the
    /// server has closed it too.
    /// </summary>
    public void Abandon()
    {
        bool isLast;
        lock (_lock)
        {
            if (_abandoned) return;
            _abandoned = _ownerClosed = true;
            if (!_isOpen && IsOurs) return; // what the server answers decides
            if (!_isOpen)
            {
                _transport.Send(new ChannelOpenFailureMessage(
                    _remoteId, OpenFailureReason.ConnectFailed, "the client has gone"));
            }
            else if (!_closeSent)
            {
                SendCloseLocked();
            }
            else if (!_closedHere)
            {
                return;
            }

            isLast = !_isOpen || _closeReceived;
        }

        if (isLast) Remove();
    }

    private void SendCloseLocked()
    {
        _closeSent = true;
        _transport.Send(new BareChannelMessage(MessageNumber.ChannelClose, _remoteId));
    }

    /// <summary>Whether the owner's message goes to the server; not, without an error, if it was closed here.</summary>
    private bool IsUsable()
    {
        if (_closedHere && !_ownerClosed) return false;
        return _isOpen && !_closeSent ? true : throw Broken("used a channel that is not open");
    }

    private static SshException Broken(string what) => new(SshError.MuxProtocolError, $"a client in proxy mode {what}");
}
