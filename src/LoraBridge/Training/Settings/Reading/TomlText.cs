using System.Globalization;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace LoraBridge.Training.Settings.Reading;

/// <summary>Reads TOML from its syntax tree, which knows the lines; all errors of a text are told at once.</summary>
internal sealed class TomlText
{
    private readonly string _name;
    private readonly OriginKind _kind;

    private TomlText(string name, OriginKind kind) => (_name, _kind) = (name, kind);

    /// <summary>Reads a document.</summary>
    /// <exception cref="SourceSyntaxException">The text is no TOML; a key given twice is none.</exception>
    public static RawMap Read(string text, string name, OriginKind kind = OriginKind.File)
    {
        var reader = new TomlText(name, kind);
        var document = SyntaxParser.Parse(text, name, validate: true);
        if (document.HasErrors)
        {
            throw new SourceSyntaxException([.. document.Diagnostics
                .Where(message => message.Kind == DiagnosticMessageKind.Error)
                .Select(message => (reader.At(message.Span), $"This is no TOML: {message.Message}"))]);
        }
        var root = new Table(new(kind, name, 0));
        foreach (var pair in document.KeyValues) reader.Add(root, pair);
        foreach (var table in document.Tables)
        {
            var names = Names(table.Name!);
            var target = root.Descend(names[..^1], reader.At(table.Span)).Open(names[^1], reader.At(table.Span), isItem: table is TableArraySyntax);
            foreach (var pair in table.Items) reader.Add(target, pair);
        }
        return root.Freeze();
    }

    private void Add(Table table, KeyValueSyntax pair)
    {
        var names = Names(pair.Key!);
        table.Descend(names[..^1], At(pair.Span)).Entries.Add((names[^1], At(pair.Span), Value(pair.Value!)));
    }

    private object Value(ValueSyntax value)
    {
        var place = At(value.Span);
        switch (value)
        {
            case StringValueSyntax text:
                return new RawScalar(place, text.Value, IsQuoted: true);
            case ArraySyntax array:
                return new RawList(place, [.. array.Items.Select(item => Frozen(Value(item.Value!)))]);
            case InlineTableSyntax inline:
                var table = new Table(place);
                foreach (var item in inline.Items) Add(table, item.KeyValue!);
                return table;
            case IntegerValueSyntax number:
                return new RawScalar(place, number.Value.ToString(CultureInfo.InvariantCulture), IsQuoted: false);
            case FloatValueSyntax number:
                return new RawScalar(place, number.Token!.Text!.Replace("_", "", StringComparison.Ordinal), IsQuoted: false);
            case BooleanValueSyntax flag:
                return new RawScalar(place, flag.Value ? "true" : "false", IsQuoted: false);
            default:
                return new RawScalar(place, value.ToString().Trim(), IsQuoted: true);
        }
    }

    private static string[] Names(KeySyntax key) => [Name(key.Key!), .. key.DotKeys.Select(dotted => Name(dotted.Key!))];

    private static string Name(BareKeyOrStringValueSyntax key) => key is StringValueSyntax text ? text.Value! : ((BareKeySyntax)key).Key!.Text!;

    private SourcePlace At(SourceSpan span) => new(_kind, _name, span.Start.Line + 1);

    private static RawValue Frozen(object value) => value as RawValue ?? ((Table)value).Freeze();

    /// <summary>A table that later headers may add to.</summary>
    private sealed class Table(SourcePlace place)
    {
        public List<(string Key, SourcePlace Place, object Value)> Entries { get; } = [];

        public Table Descend(IEnumerable<string> names, SourcePlace at)
        {
            var table = this;
            foreach (var name in names) table = table.Open(name, at, isItem: false);
            return table;
        }

        // the table of that name, the last of an array of tables, or a new one
        public Table Open(string name, SourcePlace at, bool isItem)
        {
            var found = Entries.Find(entry => entry.Key == name).Value;
            if (found is Table table && !isItem) return table;
            if (found is List<Table> list && !isItem) return list[^1];
            if (found is not (null or List<Table>)) throw new SourceSyntaxException(at, $"This is no TOML: {name} is no table.");
            var opened = new Table(at);
            if (found is List<Table> items) items.Add(opened);
            else Entries.Add((name, at, isItem ? new List<Table> { opened } : opened));
            return opened;
        }

        public RawMap Freeze() => new(place, [.. Entries.Select(entry => new RawEntry(entry.Key, entry.Place, entry.Value switch
        {
            List<Table> list => new RawList(entry.Place, [.. list.Select(item => item.Freeze())]),
            var value => Frozen(value),
        }))]);
    }
}
