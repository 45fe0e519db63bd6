using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace LoraBridge.Training.Settings.Reading;

/// <summary>
/// Reads YAML by its events: every scalar stays the text that was written (so <c>no</c> can be a name and <c>2e-4</c> a number),
/// lines are kept, doubled keys are seen, anchors and merge keys are followed.
/// </summary>
internal sealed class YamlText
{
    private const int MaximumNodes = 100_000;                                   // aliases of aliases can grow without bound

    private readonly string _name;
    private readonly OriginKind _kind;
    private readonly Parser _parser;
    private readonly Dictionary<string, RawValue> _anchors = new(StringComparer.Ordinal);
    private int _nodes;

    private YamlText(string text, string name, OriginKind kind)
    {
        _name = name;
        _kind = kind;
        _parser = new Parser(new StringReader(text));
    }

    /// <summary>Reads one document of keys and values; an empty one has none.</summary>
    /// <exception cref="SourceSyntaxException">The text is no YAML, or no mapping.</exception>
    public static RawMap Read(string text, string name, OriginKind kind = OriginKind.File)
    {
        var reader = new YamlText(text, name, kind);
        try
        {
            return reader.ReadDocument();
        }
        catch (Exception error) when (error is YamlException or InvalidOperationException)
        {
            // the parser names the line before a tab, and falls over some unfinished lists
            var at = (error as YamlException)?.Start ?? reader._parser.Current?.End ?? Mark.Empty;
            var tab = text.Split('\n').Index().FirstOrDefault(line => line.Index + 1 >= at.Line && line.Item.TrimStart(' ').StartsWith('\t'));
            throw tab.Item is not null
                ? new SourceSyntaxException(new(kind, name, tab.Index + 1), "This is no YAML: a tab cannot indent, use spaces.")
                : new SourceSyntaxException(reader.At(at), $"This is no YAML: {error.Message}");
        }
    }

    private RawMap ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (_parser.Accept<StreamEnd>(out _)) return new(new(_kind, _name, 0), []);
        _parser.Consume<DocumentStart>();
        var value = ReadNode();
        _parser.Consume<DocumentEnd>();
        if (_parser.TryConsume<DocumentStart>(out var second)) throw new SourceSyntaxException(At(second.Start), "A second document begins here; settings are one document.");
        return value switch
        {
            RawMap map => map,
            RawScalar { IsNothing: true } => new(value.Place, []),
            _ => throw new SourceSyntaxException(value.Place, "Settings are keys and values (key: value)."),
        };
    }

    private RawValue ReadNode()
    {
        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            if (!_anchors.TryGetValue(alias.Value.Value, out var known)) throw new SourceSyntaxException(At(alias.Start), $"Nothing is called &{alias.Value.Value} before this line.");
            return Counted(known);
        }
        var node = _parser.Accept<NodeEvent>(out var start) ? start : throw new SourceSyntaxException(At(_parser.Current!.Start), "A value is missing here.");
        RawValue value = node switch
        {
            MappingStart => ReadMap(),
            SequenceStart => ReadList(),
            _ => ReadScalar(),
        };
        if (!node.Anchor.IsEmpty) _anchors[node.Anchor.Value] = value;
        return value;
    }

    private RawScalar ReadScalar()
    {
        _nodes++;
        var scalar = _parser.Consume<Scalar>();
        return new(At(scalar.Start), scalar.Value, scalar.Style is not (ScalarStyle.Plain or ScalarStyle.Any));
    }

    private RawList ReadList()
    {
        var place = At(_parser.Consume<SequenceStart>().Start);
        var items = new List<RawValue>();
        while (!_parser.TryConsume<SequenceEnd>(out _)) items.Add(ReadNode());
        return new(place, items);
    }

    private RawMap ReadMap()
    {
        var place = At(_parser.Consume<MappingStart>().Start);
        var entries = new List<RawEntry>();
        var merged = new List<RawEntry>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var key = ReadNode() as RawScalar ?? throw new SourceSyntaxException(place, "A key must be a word.");
            var value = ReadNode();
            if (key is { Text: "<<", IsQuoted: false }) merged.AddRange(Merged(value));
            else entries.Add(new(key.Text ?? "", key.Place, value));
        }
        // what a merge brings gives way to the map's own keys
        entries.AddRange(merged.Where(entry => entries.All(own => own.Key != entry.Key)).DistinctBy(entry => entry.Key));
        return new(place, entries);
    }

    private static IEnumerable<RawEntry> Merged(RawValue value) => value switch
    {
        RawMap map => map.Entries,
        RawList list when list.Items.All(item => item is RawMap) => list.Items.Cast<RawMap>().SelectMany(map => map.Entries),
        _ => throw new SourceSyntaxException(value.Place, "Only maps can be merged by <<."),
    };

    private RawValue Counted(RawValue value)
    {
        _nodes += Count(value);
        return _nodes <= MaximumNodes ? value : throw new SourceSyntaxException(value.Place, $"The aliases unfold to more than {MaximumNodes} values.");
    }

    private static int Count(RawValue value) => value switch
    {
        RawList list => 1 + list.Items.Sum(Count),
        RawMap map => 1 + map.Entries.Sum(entry => Count(entry.Value)),
        _ => 1,
    };

    private SourcePlace At(Mark mark) => new(_kind, _name, (int)mark.Line);
}
