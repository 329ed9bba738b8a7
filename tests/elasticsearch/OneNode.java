import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;

/**
 * One Elasticsearch node as its {@code elasticsearch.yml} says, until SIGTERM or the end of standard input.
 *
 * <p>The server's own entry cannot be used: it is called by the launcher of the full distribution, and asks for that distribution's security policy.
 */
public final class OneNode {
    public static void main(String[] words) throws Exception {
        Path config = Path.of(System.getProperty("es.path.conf"));
        Settings given = Settings.builder().put("path.home", System.getProperty("es.path.home")).build();

        // Before anything else: the server's classes log while they load.
        LogConfigurator.configureESLogging();
        LogConfigurator.registerErrorListener();
        Environment environment = InternalSettingsPreparer.prepareEnvironment(given, Map.of(), config, () -> "node");
        LogConfigurator.setNodeName(Node.NODE_NAME_SETTING.get(environment.settings()));
        LogConfigurator.configure(environment, true);

        Node node = new Node(environment);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node)));
        node.start();

        // Whoever started this node holds its standard input. When that ends, so has he, even by SIGKILL, and the node must not outlive him.
        while (System.in.read() != -1) { }
        System.exit(0);
    }

    private static void close(Node node) {
        try {
            node.prepareForClose();
            node.close();
        } catch (IOException failed) {
            failed.printStackTrace();
        }
    }
}
