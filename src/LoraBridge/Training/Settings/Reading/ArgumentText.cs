namespace LoraBridge.Training.Settings.Reading;

/// <summary>Reads a command line: <c>key=value</c>, and kohya's <c>--network_dim 32 --xformers --network_args "conv_dim=4" "algo=loha"</c>.</summary>
internal static class ArgumentText
{
    /// <summary>Reads arguments; a name may have a value, several (they become a list) or none (it is on).</summary>
    /// <param name="arguments">The arguments, as a shell splits them.</param>
    /// <param name="isList">Whether a name takes several values.</param>
    /// <param name="isSwitch">Whether a name takes no value but true and false.</param>
    /// <exception cref="SourceSyntaxException">An argument belongs to no name.</exception>
    public static RawMap Read(IReadOnlyList<string> arguments, Predicate<string> isList, Predicate<string> isSwitch)
    {
        var place = new SourcePlace(OriginKind.CommandLine, "command line", 0);
        var entries = new List<RawEntry>();
        var errors = new List<(SourcePlace, string)>();
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            var isOption = argument.StartsWith("--", StringComparison.Ordinal) && argument.Length > 2;
            var name = isOption ? argument[2..] : argument;
            var equals = name.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                entries.Add(new(name[..equals], place, new RawScalar(place, name[(equals + 1)..], IsQuoted: false)));
                continue;
            }
            if (!isOption)
            {
                errors.Add((place, $"'{argument}' belongs to no setting: write key=value or --key value."));
                continue;
            }
            var values = new List<string>();
            while (i + 1 < arguments.Count && !arguments[i + 1].StartsWith("--", StringComparison.Ordinal)
                && (isList(name) || values.Count == 0)
                && (!isSwitch(name) || arguments[i + 1].ToLowerInvariant() is "true" or "false"))
            {
                values.Add(arguments[++i]);
            }
            entries.Add(new(name, place, isList(name) && values.Count > 0
                ? new RawList(place, [.. values.Select(value => new RawScalar(place, value, IsQuoted: false))])
                : new RawScalar(place, values.Count > 0 ? values[0] : "true", IsQuoted: false)));
        }
        return errors.Count > 0 ? throw new SourceSyntaxException(errors) : new(place, entries);
    }
}
