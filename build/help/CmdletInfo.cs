using System.Reflection;

namespace SshMux.Help;

/// <summary>What the assembly says about a cmdlet. Its code does not run: only the metadata is read.</summary>
internal sealed class CmdletInfo
{
    private const string Namespace = "System.Management.Automation.";
    private const string AllSets = "__AllParameterSets";

    private readonly Type _type;

    private CmdletInfo(Type type, CustomAttributeData cmdlet)
    {
        _type = type;
        Verb = (string)cmdlet.ConstructorArguments[0].Value!;
        Noun = (string)cmdlet.ConstructorArguments[1].Value!;
        ShouldProcess = Named(cmdlet, "SupportsShouldProcess") is true;
        OutputTypes = [.. Attributes(type, "OutputTypeAttribute").SelectMany(TypesOf)];
        Sets = ReadSets(Named(cmdlet, "DefaultParameterSetName") as string);
    }

    public string Verb { get; }

    public string Noun { get; }

    public string Name => $"{Verb}-{Noun}";

    public bool ShouldProcess { get; }

    /// <summary>The names of the .NET types that it gives.</summary>
    public IReadOnlyList<string> OutputTypes { get; }

    /// <summary>The parameters of each parameter set, the default one first.</summary>
    public IReadOnlyList<IReadOnlyList<CmdletParameter>> Sets { get; }

    /// <summary>Every parameter once.</summary>
    public IEnumerable<CmdletParameter> Parameters =>
        Sets.SelectMany(set => set).DistinctBy(parameter => parameter.Name);

    /// <summary>The cmdlets of an assembly, by name.</summary>
    public static SortedDictionary<string, CmdletInfo> ReadAll(Assembly assembly)
    {
        var all = new SortedDictionary<string, CmdletInfo>(StringComparer.Ordinal);
        foreach (var type in assembly.GetTypes())
        {
            if (type.IsAbstract || Attributes(type, "CmdletAttribute").FirstOrDefault() is not { } cmdlet) continue;
            var info = new CmdletInfo(type, cmdlet);
            all.Add(info.Name, info);
        }

        return all;
    }

    private static IEnumerable<CustomAttributeData> Attributes(MemberInfo member, string name) =>
        member.GetCustomAttributesData().Where(data => data.AttributeType.FullName == Namespace + name);

    private static object? Named(CustomAttributeData data, string name) =>
        data.NamedArguments.FirstOrDefault(argument => argument.MemberName == name).TypedValue.Value;

    private static IEnumerable<string> TypesOf(CustomAttributeData data) => data.ConstructorArguments
        .SelectMany(argument => argument.Value is IReadOnlyList<CustomAttributeTypedArgument> many ? many : [argument])
        .Select(argument => argument.Value).OfType<Type>().Select(type => type.FullName!);

    private static IReadOnlyList<string> Strings(MemberInfo member, string attribute) =>
    [
        .. Attributes(member, attribute).SelectMany(data => data.ConstructorArguments)
            .SelectMany(argument => (IReadOnlyList<CustomAttributeTypedArgument>)argument.Value!)
            .Select(argument => (string)argument.Value!),
    ];

    private List<IReadOnlyList<CmdletParameter>> ReadSets(string? defaultSet)
    {
        var all = _type.GetProperties()
            .SelectMany(property => Attributes(property, "ParameterAttribute").Select(data => (property, data)))
            .Where(one => Named(one.data, "DontShow") is not true)
            .Select(one => (
                Set: Named(one.data, "ParameterSetName") as string ?? AllSets, Parameter: Read(one.property, one.data)))
            .ToList();
        var names = all.Select(one => one.Set).Where(set => set != AllSets).Distinct()
            .OrderBy(set => set == defaultSet ? 0 : 1).ToList();
        if (names.Count == 0) names.Add(AllSets);
        return
        [
            .. names.Select(set => (IReadOnlyList<CmdletParameter>)
            [
                .. all.Where(one => one.Set == set || one.Set == AllSets).Select(one => one.Parameter)
                    .OrderBy(parameter => parameter.Position >= 0 ? parameter.Position : int.MaxValue)
                    .ThenBy(parameter => !parameter.Mandatory),
            ]),
        ];
    }

    private static CmdletParameter Read(PropertyInfo property, CustomAttributeData data)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        var element = type.IsArray ? type.GetElementType()! : type;
        return new CmdletParameter(
            property.Name,
            type.Name == "SwitchParameter" ? "" : type.Name,
            Strings(property, "AliasAttribute"),
            element.IsEnum ? element.GetEnumNames() : Strings(property, "ValidateSetAttribute"),
            Attributes(property, "SupportsWildcardsAttribute").Any(),
            Named(data, "Mandatory") is true,
            Named(data, "Position") is int position ? position : -1,
            Named(data, "ValueFromPipeline") is true,
            Named(data, "ValueFromPipelineByPropertyName") is true);
    }
}
