using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol.Extensions;

/// <summary>Lists on the wire, of which a message carries as many items as have room in it.</summary>
internal static class MuxList
{
    /// <summary>How many bytes of items a message carries at most.</summary>
    private const int Room = MuxProtocol.MaxPacketLength - 64;

    /// <summary>Reads an item of a list.</summary>
    public delegate T ItemReader<out T>(ref SshReader reader);

    /// <summary>Reads a count and as many items.</summary>
    public static IReadOnlyList<T> Read<T>(ref SshReader reader, ItemReader<T> readItem)
    {
        var count = reader.ReadUInt32();
        var items = new List<T>();
        for (; count > 0; count--) items.Add(readItem(ref reader));
        return items;
    }

    /// <summary>As many of the items as a message carries, and whether there are more.</summary>
    public static (IReadOnlyList<T> Items, bool HasMore) Fit<T>(IReadOnlyList<T> items, Func<T, int> length)
    {
        long taken = 0;
        for (var i = 0; i < items.Count; i++)
        {
            taken += 4 + length(items[i]);
            if (taken > Room) return ([.. items.Take(i)], true);
        }

        return (items, false);
    }
}
