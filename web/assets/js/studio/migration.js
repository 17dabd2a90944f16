// The pages of migrations need no script of their own; their styles come with this entry.
import '../../css/studio/migration.css';
