using System.CommandLine;
using System.Text;

namespace LoraBridge.Server.Commands;

/// <summary>
/// The help of every subcommand as text. The launcher shows copies of it (Launcher/help), so that help needs no build; a
/// test keeps them equal.
/// </summary>
internal static class HelpText
{
    private const int Width = 112, Indent = 30;

    /// <summary>What the launcher itself does with any subcommand.</summary>
    private static readonly (string Name, string Text)[] s_launcher =
    [
        ("--yes", "Install what this machine lacks without asking (so it is when nobody is at a terminal)."),
        ("--no-install", "Install nothing: say what is missing and how to install it, and stop."),
    ];

    /// <summary>The help of one command, ending with a line break.</summary>
    public static string Of(Command command)
    {
        var text = new StringBuilder();
        if (command is RootCommand) WriteRoot(text, command);
        else WriteSubcommand(text, command);
        return text.ToString();
    }

    private static void WriteRoot(StringBuilder text, Command root)
    {
        Paragraph(text, "LoraBridge. " + root.Description, 0);
        text.Append("\nUsage: ./lorabridge COMMAND [options]\n\nCommands:\n");
        foreach (var command in root.Subcommands.Where(command => !command.Hidden)) Row(text, command.Name, command.Description!);
        Row(text, "test", "Run the tests, or the golden tests over folders of your own.");
        text.Append('\n');
        Paragraph(text, "./lorabridge COMMAND --help explains a command with all its options and examples.", 0);
        Paragraph(text, "Every command first finds out what this machine lacks, installs it, and builds when sources changed.", 0);
    }

    private static void WriteSubcommand(StringBuilder text, Command command)
    {
        Paragraph(text, command.Description!, 0);
        var words = CommandLine.PathOf(command) + (command.Subcommands.Count > 0 ? " COMMAND" : "") + string.Concat(command.Arguments.Select(ArgumentHeading));
        text.Append($"\nUsage: ./lorabridge {words} [options]\n");
        Section(text, "Commands", command.Subcommands.Select(part => (part.Name, part.Description!)));
        Section(text, "Arguments", command.Arguments.Select(argument => (argument.Name, argument.Description!)));

        var own = command.Options.Where(option => !SharedOptions.All.Contains(option) && !option.Hidden).ToArray();
        Section(text, "Options", own.Select(option => (Heading(option), option.Description!)));
        Section(text, "Options that all commands share", command.Options.Where(SharedOptions.All.Contains).Select(option => (Heading(option), option.Description!)));
        Section(text, "Set-up", s_launcher);

        if (command is not DocumentedCommand documented) return;
        foreach (var note in documented.Notes)
        {
            text.Append('\n');
            Paragraph(text, note, 0);
        }
        text.Append("\nExamples:\n");
        foreach (var example in documented.Examples) text.Append($"  {example}\n");
    }

    private static string ArgumentHeading(Argument argument) => argument.Arity.MaximumNumberOfValues > 1 ? $" {argument.Name}…" : $" {argument.Name}";

    private static void Section(StringBuilder text, string title, IEnumerable<(string Name, string Text)> rows)
    {
        var all = rows.ToArray();
        if (all.Length == 0) return;
        text.Append($"\n{title}:\n");
        foreach (var (name, description) in all) Row(text, name, description);
    }

    private static string Heading(Option option) => option.HelpName is { } value ? $"{option.Name} {value}" : option.Name;

    private static void Row(StringBuilder text, string name, string description)
    {
        text.Append("  ").Append(name.PadRight(Indent - 2));
        if (name.Length > Indent - 3) text.Append('\n').Append(' ', Indent);
        Paragraph(text, description, Indent);
    }

    /// <summary>Breaks text into lines; the first begins where the writer stands, the others are indented.</summary>
    private static void Paragraph(StringBuilder text, string words, int indent)
    {
        var column = indent;
        foreach (var word in words.Split(' '))
        {
            if (column > indent && column + 1 + word.Length > Width)
            {
                text.Append('\n').Append(' ', indent);
                column = indent;
            }
            else if (column > indent)
            {
                text.Append(' ');
                column++;
            }
            text.Append(word);
            column += word.Length;
        }
        text.Append('\n');
    }
}
