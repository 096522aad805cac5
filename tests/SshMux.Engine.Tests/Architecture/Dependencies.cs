using ArchUnitNET.Loader;

namespace SshMux.Engine.Tests.Architecture;

/// <summary>Which type of an assembly uses which other, by its compiled code; nested types count as their outer one.</summary>
internal sealed class Dependencies
{
    private Dependencies(string root, IReadOnlyDictionary<string, IReadOnlySet<string>> uses)
    {
        Root = root;
        Uses = uses;
    }

    /// <summary>The assembly's root namespace.</summary>
    public string Root { get; }

    /// <summary>What each type uses, both by full name.</summary>
    public IReadOnlyDictionary<string, IReadOnlySet<string>> Uses { get; }

    public static Dependencies Of(System.Reflection.Assembly assembly, string root)
    {
        var architecture = new ArchLoader().LoadAssemblies(assembly).Build();
        var own = architecture.Types.Select(type => Outer(type.FullName)).Where(IsOwn).ToHashSet();
        var uses = own.ToDictionary(name => name, _ => new HashSet<string>());
        foreach (var type in architecture.Types)
        {
            var from = Outer(type.FullName);
            if (!uses.TryGetValue(from, out var targets)) continue;
            targets.UnionWith(type.Dependencies
                .Select(dependency => Outer(dependency.Target.FullName))
                .Where(target => target != from && own.Contains(target)));
        }

        return new(root, uses.ToDictionary(pair => pair.Key, pair => (IReadOnlySet<string>)pair.Value));

        // What the compiler and its generators make is nobody's room.
        bool IsOwn(string name) =>
            name.StartsWith(root + ".", StringComparison.Ordinal) && !name.Contains('<', StringComparison.Ordinal);
    }

    /// <summary>The folder of a type: its namespace after the root; "" for the root itself.</summary>
    public string RoomOf(string type)
    {
        var space = type[..type.LastIndexOf('.')];
        return space.Length > Root.Length ? space[(Root.Length + 1)..].Replace('.', '/') : "";
    }

    /// <summary>The rooms that each room uses, and by which types.</summary>
    public Dictionary<string, Dictionary<string, SortedSet<string>>> Rooms()
    {
        var rooms = new Dictionary<string, Dictionary<string, SortedSet<string>>>();
        foreach (var (type, targets) in Uses)
        {
            var from = RoomOf(type);
            if (!rooms.TryGetValue(from, out var used)) rooms.Add(from, used = []);
            foreach (var target in targets.Where(target => RoomOf(target) != from))
            {
                if (!used.TryGetValue(RoomOf(target), out var why)) used.Add(RoomOf(target), why = []);
                why.Add($"{type[(type.LastIndexOf('.') + 1)..]} uses {target[(target.LastIndexOf('.') + 1)..]}");
            }
        }

        return rooms;
    }

    /// <summary>Sets of which each member can be reached from each other one (Tarjan's algorithm), without single ones.</summary>
    public static List<SortedSet<string>> Circles(
        IEnumerable<string> nodes, Func<string, IEnumerable<string>> next)
    {
        var index = new Dictionary<string, int>();
        var low = new Dictionary<string, int>();
        var stack = new Stack<string>();
        var circles = new List<SortedSet<string>>();
        foreach (var node in nodes)
        {
            if (!index.ContainsKey(node)) Visit(node);
        }

        return circles;

        void Visit(string node)
        {
            index[node] = low[node] = index.Count;
            stack.Push(node);
            foreach (var other in next(node))
            {
                if (!index.TryGetValue(other, out var seen))
                {
                    Visit(other);
                    low[node] = Math.Min(low[node], low[other]);
                }
                else if (stack.Contains(other))
                {
                    low[node] = Math.Min(low[node], seen);
                }
            }

            if (low[node] != index[node]) return;
            var circle = new SortedSet<string>();
            string member;
            do
            {
                member = stack.Pop();
                circle.Add(member);
            }
            while (member != node);

            if (circle.Count > 1) circles.Add(circle);
        }
    }

    private static string Outer(string name)
    {
        var end = name.IndexOfAny(['+', '/', '`']);
        return end < 0 ? name : name[..end];
    }
}
